// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The tensors that hadal::compiled instantiates.

#include <hadal/tensor/views.hpp>

/// Tensors of elements T. `prefix` is extern where they are declared and empty where they are made.
#define HADAL_COMPILED_TENSOR(prefix, T)       \
  prefix template class Tensor<T, Cpu>;        \
  prefix template class GradTarget<T, Cpu>;    \
  prefix template Tensor<T, Cpu> sum_to(const Tensor<T, Cpu>&, const Shape&);

namespace hadal {
HADAL_COMPILED_TENSOR(extern, float)
HADAL_COMPILED_TENSOR(extern, bf16)
}  // namespace hadal
