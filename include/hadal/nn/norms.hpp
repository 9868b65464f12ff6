// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/layer_norm.hpp>
#include <hadal/ops/rms_norm.hpp>
#include <hadal/tensor/walk.hpp>

namespace hadal {

/// y = x / sqrt(mean(x^2) + eps) * weight        x: (..., C) -> (..., C)
template <class T, class D>
struct RmsNorm {
  Tensor<T, D> weight;  // (C)
  double eps = 1e-6;

  static void visit(auto&& v, auto&... self) { v("weight", self.weight...); }
  static RmsNorm make(std::int64_t C, double eps = 1e-6) { return {Tensor<T, D>::ones({C}), eps}; }

  template <class A>
  Tensor<A, D> operator()(const Tensor<A, D>& x) const { return rms_norm(x, weight, eps); }
};

/// y = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias        x: (..., C) -> (..., C)
template <class T, class D>
struct LayerNorm {
  Tensor<T, D> weight, bias;  // (C)
  double eps = 1e-5;

  static void visit(auto&& v, auto&... self) {
    v("weight", self.weight...);
    v("bias", self.bias...);
  }
  static LayerNorm make(std::int64_t C, double eps = 1e-5) {
    return {Tensor<T, D>::ones({C}), Tensor<T, D>::zeros({C}), eps};
  }

  template <class A>
  Tensor<A, D> operator()(const Tensor<A, D>& x) const { return layer_norm(x, weight, bias, eps); }
};

}  // namespace hadal
