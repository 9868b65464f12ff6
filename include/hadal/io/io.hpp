// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/io/checkpoint.hpp>
#include <hadal/io/map_elements.hpp>
#include <hadal/io/model_file.hpp>
#include <hadal/io/published.hpp>
#include <hadal/io/read_elements.hpp>
#include <hadal/io/safetensors.hpp>
#include <hadal/io/stored_tensor.hpp>
#include <hadal/io/weights.hpp>
#include <hadal/io/write_safetensors.hpp>
#include <hadal/io/write_weights.hpp>
