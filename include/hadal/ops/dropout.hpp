// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/random.hpp>
#include <hadal/core/trace.hpp>
#include <hadal/cpu/dropout.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// Zeroes each element with probability p and divides the others by 1 - p      x: any shape  ->  the same
/// Whether element i is kept depends on the key and i alone; the mask is made again on the way back, not stored. p = 0
/// returns x. Throws ValueError unless 0 <= p < 1. Source: Srivastava et al. 2014.
template <class T, class D>
Tensor<T, D> dropout(const Tensor<T, D>& x_in, double p, Key key) {
  HADAL_CHECK(p >= 0 && p < 1, ValueError, "dropout: p must be at least 0 and below 1, got ", p);
  if (p == 0) return x_in;
  const Tensor<T, D> x = x_in.dense_rows();
  auto y = Tensor<T, D>::empty(x.shape());
  {
    trace::Scope scope("dropout", static_cast<double>(x.size()), 2.0 * static_cast<double>(x.bytes()));
    dropout_forward(D{}, y.out(), x.view(), p, key);
  }
  record("dropout", y, inputs(x), saved(), [p, key](const auto& dy, auto& dx) {
    trace::Scope scope("dropout backward", static_cast<double>(dy.size()), 2.0 * static_cast<double>(dy.bytes()));
    dropout_backward(D{}, dx.view(), dy.view(), p, key);
  });
  return y;
}

}  // namespace hadal
