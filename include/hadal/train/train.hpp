// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/train/interrupt.hpp>
#include <hadal/train/metrics.hpp>
#include <hadal/train/profiler.hpp>
#include <hadal/train/step.hpp>
