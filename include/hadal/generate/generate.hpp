// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/generate/decode.hpp>
#include <hadal/generate/sampling.hpp>
