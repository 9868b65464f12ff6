// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/layer_norm.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// y = (x - mean) / sqrt(mean((x - mean)^2) + eps) * weight + bias, means over the last axis
/// x: (..., C)  weight, bias: (C)  ->  (..., C)
/// Saves mean and rstd (...). Cost 8 flops an element. Source: Ba, Kiros & Hinton 2016.
template <class T, class D>
Tensor<T, D> layer_norm(const Tensor<T, D>& x_in, const Tensor<T, D>& weight, const Tensor<T, D>& bias,
                        double eps = 1e-5) {
  HADAL_CHECK(x_in.rank() >= 1 && x_in.shape(-1) > 0, ShapeError,
              "layer_norm: x must have a last axis of at least 1, got ", x_in.shape());
  HADAL_CHECK(weight.shape() == Shape{x_in.shape(-1)}, ShapeError, "layer_norm: weight must be (", x_in.shape(-1),
              ") to match the last axis of x ", x_in.shape(), ", got ", weight.shape());
  HADAL_CHECK(bias.shape() == weight.shape(), ShapeError, "layer_norm: bias must be (", x_in.shape(-1),
              ") to match the last axis of x ", x_in.shape(), ", got ", bias.shape());
  const Tensor<T, D> x = x_in.dense_rows(), w = weight.contiguous(), b = bias.contiguous();
  auto y = Tensor<T, D>::empty(x.shape());
  auto mean = Tensor<Accumulator<T>, D>::empty(x.shape().first(x.rank() - 1));
  auto rstd = Tensor<Accumulator<T>, D>::empty(mean.shape());
  {
    trace::Scope scope("layer_norm", 8.0 * static_cast<double>(x.size()), 2.0 * static_cast<double>(x.bytes()));
    layer_norm_forward(D{}, y.out(), mean.out(), rstd.out(), x.view(), w.view(), b.view(), eps);
  }
  record("layer_norm", y, inputs(x, parameter(w), parameter(b)),
         saved(keep("x", x), keep("mean", mean), keep("rstd", rstd), keep("weight", w)),
         [](const auto& dy, auto& dx, auto& dweight, auto& dbias, const auto& x, const auto& mean, const auto& rstd,
            const auto& w) {
           trace::Scope scope("layer_norm backward", 14.0 * static_cast<double>(x.size()),
                              3.0 * static_cast<double>(x.bytes()));
           layer_norm_backward(D{}, dx.view(), dweight.view(), dbias.view(), dy.view(), x.view(), mean.view(),
                               rstd.view(), w.view());
         });
  return y;
}

}  // namespace hadal
