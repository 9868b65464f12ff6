// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/compiled/models.hpp>
#include <hadal/compiled/nn.hpp>
#include <hadal/compiled/ops.hpp>
#include <hadal/compiled/tensor.hpp>
