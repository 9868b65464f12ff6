// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/softmax.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// y = exp(x) / sum(exp(x)) over the last axis, safe from overflow      x: (..., C)  ->  (..., C)
/// Elements of -inf get exactly 0. Saves y. Throws ShapeError for an empty last axis.
template <class T, class D>
Tensor<T, D> softmax(const Tensor<T, D>& x_in) {
  HADAL_CHECK(x_in.rank() >= 1 && x_in.shape(-1) > 0, ShapeError,
              "softmax: x must have a last axis of at least 1, got ", x_in.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  auto y = Tensor<T, D>::empty(x.shape());
  {
    trace::Scope scope("softmax", 4.0 * static_cast<double>(x.size()), 2.0 * static_cast<double>(x.bytes()));
    softmax_forward(D{}, y.out(), x.view());
  }
  record("softmax", y, inputs(x), saved(keep("y", y)), [](const auto& dy, auto& dx, const auto& y) {
    trace::Scope scope("softmax backward", 4.0 * static_cast<double>(y.size()), 3.0 * static_cast<double>(y.bytes()));
    softmax_backward(D{}, dx.view(), dy.view(), y.view());
  });
  return y;
}

/// y = x - log(sum(exp(x))) over the last axis      x: (..., C)  ->  (..., C)
/// Saves y. Throws ShapeError for an empty last axis.
template <class T, class D>
Tensor<T, D> log_softmax(const Tensor<T, D>& x_in) {
  HADAL_CHECK(x_in.rank() >= 1 && x_in.shape(-1) > 0, ShapeError,
              "log_softmax: x must have a last axis of at least 1, got ", x_in.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  auto y = Tensor<T, D>::empty(x.shape());
  {
    trace::Scope scope("log_softmax", 4.0 * static_cast<double>(x.size()), 2.0 * static_cast<double>(x.bytes()));
    log_softmax_forward(D{}, y.out(), x.view());
  }
  record("log_softmax", y, inputs(x), saved(keep("y", y)), [](const auto& dy, auto& dx, const auto& y) {
    trace::Scope scope("log_softmax backward", 4.0 * static_cast<double>(y.size()),
                       3.0 * static_cast<double>(y.bytes()));
    log_softmax_backward(D{}, dx.view(), dy.view(), y.view());
  });
  return y;
}

}  // namespace hadal
