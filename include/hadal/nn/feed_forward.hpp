// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/linear.hpp>
#include <hadal/ops/feed_forward.hpp>
#include <hadal/ops/swiglu.hpp>

namespace hadal {

/// y = W_down (silu(W_gate x) * W_up x)        x: (..., C) -> (..., C)
/// Source: Shazeer 2020 (arXiv 2002.05202), SwiGLU without biases.
template <class T, class D>
struct FeedForward {
  Linear<T, D> gate_proj;  // (F, C)
  Linear<T, D> up_proj;    // (F, C)
  Linear<T, D> down_proj;  // (C, F)

  static void visit(auto&& v, auto&... self) {
    v("gate_proj", self.gate_proj...);
    v("up_proj", self.up_proj...);
    v("down_proj", self.down_proj...);
  }

  /// Weights normal with the given deviation. Throws ConfigError unless C and F are positive.
  static FeedForward make(std::int64_t C, std::int64_t F, Key key, double deviation = 0.02) {
    HADAL_CHECK(C > 0 && F > 0, ConfigError, "feed-forward: widths must be positive, got ", C, " and ", F);
    return {Linear<T, D>::make(C, F, key.fold("gate_proj"), deviation),
            Linear<T, D>::make(C, F, key.fold("up_proj"), deviation),
            Linear<T, D>::make(F, C, key.fold("down_proj"), deviation)};
  }

  /// A residual (..., C) is added to y.
  template <class A>
  Tensor<A, D> operator()(const Tensor<A, D>& x, const Tensor<A, D>& residual = {}) const {
    if (gate_proj.plain() && up_proj.plain() && down_proj.plain())
      return feed_forward<A, T, D>(x, gate_proj.weight, up_proj.weight, down_proj.weight, residual);
    return down_proj(swiglu(gate_proj(x), up_proj(x)), residual);
  }
};

}  // namespace hadal
