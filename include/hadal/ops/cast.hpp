// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/convert.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// x in another element type, rounded to nearest even. Between float, double, bf16 and half gradients flow through,
/// each in the type of its own side.
template <class To, class T, class D>
Tensor<To, D> cast(const Tensor<T, D>& x_in) {
  if constexpr (std::is_same_v<To, T>) {
    return x_in;
  } else {
    const Tensor<T, D> x = x_in.contiguous();
    auto y = Tensor<To, D>::empty(x.shape());
    {
      trace::Scope scope("cast", 0, static_cast<double>(x.bytes() + y.bytes()));
      convert(D{}, y.out(), x.view());
    }
    if constexpr (is_real<To> && is_real<T>)
      record("cast", y, inputs(x), saved(), [](const auto& dy, auto& dx) {
        if (dx) dx.accumulate(cast<T>(dy));
      });
    return y;
  }
}

}  // namespace hadal
