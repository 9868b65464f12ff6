// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/attention.hpp>
#include <hadal/ops/rms_norm.hpp>
