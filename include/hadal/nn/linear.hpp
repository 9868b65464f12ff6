// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/packed_linear.hpp>
#include <hadal/tensor/walk.hpp>

#include <optional>

namespace hadal {

/// y = x W^T + b        x: (..., in) -> (..., out)
template <class T, class D>
struct Linear {
  Weight<T, D> weight;               // (out, in)
  std::optional<Tensor<T, D>> bias;  // (out)

  static void visit(auto&& v, auto&... self) {
    v("weight", self.weight...);
    v("bias", self.bias...);
  }

  /// Weights normal with the given deviation; the bias, if any, zero.
  static Linear make(std::int64_t in, std::int64_t out, Key key, double deviation = 0.02, bool with_bias = false) {
    Linear m{Tensor<T, D>::normal({out, in}, key.fold("weight"), 0, deviation), {}};
    if (with_bias) m.bias = Tensor<T, D>::zeros({out});
    return m;
  }

  /// Whether it is a product with a tensor and nothing else.
  bool plain() const { return !bias && !weight.packed; }

  /// A residual (..., out) is added to y.
  template <class A>
  Tensor<A, D> operator()(const Tensor<A, D>& x, const Tensor<A, D>& residual = {}) const {
    return linear(x, weight, bias ? *bias : Tensor<T, D>(), residual);
  }
};

}  // namespace hadal
