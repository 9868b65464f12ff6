// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/data/packing.hpp>
#include <hadal/data/permutation.hpp>
#include <hadal/data/sampler.hpp>
#include <hadal/data/token_file.hpp>
