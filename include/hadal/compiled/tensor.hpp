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

/// Tensors of indices: what has no gradient.
#define HADAL_COMPILED_INDICES(prefix, T)                                                     \
  prefix template Tensor<T, Cpu> Tensor<T, Cpu>::made(const Shape&, bool);                    \
  prefix template Tensor<T, Cpu> Tensor<T, Cpu>::full(const Shape&, double);                  \
  prefix template Tensor<T, Cpu> Tensor<T, Cpu>::clone() const;                               \
  prefix template Tensor<T, Cpu> Tensor<T, Cpu>::contiguous() const;                          \
  prefix template Tensor<T, Cpu> Tensor<T, Cpu>::reshape(Shape) const;                        \
  prefix template Tensor<T, Cpu> Tensor<T, Cpu>::slice(int, std::int64_t, std::int64_t, std::int64_t) const;

namespace hadal {
HADAL_COMPILED_INDICES(extern, std::int32_t)
HADAL_COMPILED_INDICES(extern, std::int64_t)
HADAL_COMPILED_TENSOR(extern, float)
HADAL_COMPILED_TENSOR(extern, bf16)
}  // namespace hadal
