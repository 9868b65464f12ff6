// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The ops that hadal::compiled instantiates. Programs built with HADAL_COMPILED see them declared here, through
// hadal.hpp, and do not instantiate them again.

#include <hadal/ops/ops.hpp>

/// Every op for elements T. `prefix` is extern where they are declared and empty where they are made.
#define HADAL_COMPILED_OPS(prefix, T) \
  prefix template Tensor<T, Cpu> rms_norm(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&, double);

namespace hadal {
HADAL_COMPILED_OPS(extern, float)
HADAL_COMPILED_OPS(extern, bf16)
}  // namespace hadal
