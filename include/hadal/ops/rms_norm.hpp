// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/rms_norm.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// y = x / sqrt(mean(x^2) + eps) * weight       x: (..., C)  weight: (C)  ->  (..., C)
/// Saves rstd (...). Cost 4 flops an element. Source: Zhang & Sennrich 2019, eq. 4.
template <class T, class D>
Tensor<T, D> rms_norm(const Tensor<T, D>& x_in, const Tensor<T, D>& weight, double eps = 1e-6) {
  HADAL_CHECK(x_in.rank() >= 1 && x_in.shape(-1) > 0, ShapeError,
              "rms_norm: x must have a last axis of at least 1, got ", x_in.shape());
  HADAL_CHECK(weight.shape() == Shape{x_in.shape(-1)}, ShapeError, "rms_norm: weight must be (", x_in.shape(-1),
              ") to match the last axis of x ", x_in.shape(), ", got ", weight.shape());
  const Tensor<T, D> x = x_in.dense_rows(), w = weight.contiguous();
  auto y = Tensor<T, D>::empty(x.shape());
  auto rstd = Tensor<Accumulator<T>, D>::empty(x.shape().first(x.rank() - 1));
  {
    trace::Scope scope("rms_norm", 4.0 * static_cast<double>(x.size()), 2.0 * static_cast<double>(x.bytes()));
    rms_norm_forward(D{}, y.out(), rstd.out(), x.view(), w.view(), eps);
  }
  record("rms_norm", y, inputs(x, parameter(w)), saved(keep("x", x), keep("weight", w), keep("rstd", rstd)),
         [](const auto& dy, auto& dx, auto& dweight, const auto& x, const auto& w, const auto& rstd) {
           trace::Scope scope("rms_norm backward", 8.0 * static_cast<double>(x.size()),
                              3.0 * static_cast<double>(x.bytes()));
           rms_norm_backward(D{}, dx.view(), dweight.view(), dy.view(), x.view(), w.view(), rstd.view());
         });
  return y;
}

/// The formula, step by step, for tests.
template <class T, class D>
std::vector<double> rms_norm_reference(const Tensor<T, D>& x, const Tensor<T, D>& weight, double eps = 1e-6) {
  const std::vector<T> xs = x.to_vector(), ws = weight.to_vector();
  std::vector<double> y(xs.size());
  const std::size_t C = ws.size();
  for (std::size_t r = 0; r < xs.size(); r += C) {
    double squares = 0;
    for (std::size_t i = 0; i < C; ++i) squares += static_cast<double>(xs[r + i]) * static_cast<double>(xs[r + i]);
    for (std::size_t i = 0; i < C; ++i)
      y[r + i] = static_cast<double>(xs[r + i]) / std::sqrt(squares / static_cast<double>(C) + eps) *
                 static_cast<double>(ws[i]);
  }
  return y;
}

}  // namespace hadal
