// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/io/checkpoint.hpp>
#include <hadal/io/model_file.hpp>
#include <hadal/io/safetensors.hpp>
