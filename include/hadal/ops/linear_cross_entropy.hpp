// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/linear_cross_entropy.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

enum class Reduction { mean, sum };

/// cross_entropy(linear(x, weight), targets) without ever holding all logits
/// x: (..., C)  weight: (V, C)  targets: (...)  ->  ()
/// The sum or the mean over the targets that are not `ignore_index`; 0 if all are. Logits exist for a few rows at a
/// time; while they do, their gradient is taken to x and weight, and backward only scales those. Cost 2 N V C flops,
/// three times as many when a gradient is wanted. Throws IndexError for any other target outside 0 .. V-1 that is read
/// on the host.
template <class T, class W, class D>
Tensor<Accumulator<T>, D> linear_cross_entropy(const Tensor<T, D>& x_in, const Tensor<W, D>& weight,
                                               const Tensor<std::int32_t, D>& targets_in,
                                               std::int64_t ignore_index = -100,
                                               Reduction reduction = Reduction::mean) {
  HADAL_CHECK(weight.rank() == 2 && weight.shape(0) > 0, ShapeError,
              "linear_cross_entropy: weight must be (V, C) with V at least 1, got ", weight.shape());
  HADAL_CHECK(x_in.rank() >= 1 && x_in.shape(-1) == weight.shape(1), ShapeError,
              "linear_cross_entropy: the last axis of x ", x_in.shape(), " must be the ", weight.shape(1),
              " inputs of weight ", weight.shape());
  HADAL_CHECK(targets_in.defined() && targets_in.shape() == x_in.shape().first(x_in.rank() - 1), ShapeError,
              "linear_cross_entropy: targets must have the shape of x ", x_in.shape(), " without its last axis, got ",
              targets_in.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  const Tensor<W, D> w = weight.dense_rows();
  const Tensor<std::int32_t, D> targets = targets_in.contiguous();
  auto loss = Tensor<Accumulator<T>, D>::empty({});
  Tensor<T, D> x_slope;
  Tensor<Accumulator<W>, D> w_slope;
  GradView<T> dx;
  GradView<Accumulator<W>> dw;
  if (grad_enabled() && x.requires_grad()) dx.view = (x_slope = Tensor<T, D>::empty(x.shape())).out();
  if (grad_enabled() && w.requires_grad()) dw.view = (w_slope = Tensor<Accumulator<W>, D>::empty(w.shape())).out();
  const bool mean = reduction == Reduction::mean;
  {
    const double products = 1.0 + bool(dx) + bool(dw);
    trace::Scope scope("linear_cross_entropy",
                       2 * products * static_cast<double>(x.size()) * static_cast<double>(w.shape(0)),
                       products * static_cast<double>(x.bytes() + w.bytes()));
    linear_cross_entropy_forward(D{}, loss.out(), dx, dw, x.view(), w.view(), targets.view(), ignore_index, mean);
  }
  record("linear_cross_entropy", loss, inputs(x, parameter(w)),
         saved(keep("dx", x_slope), keep("dweight", w_slope)),
         [](const auto& dloss, auto& dx, auto& dw, const auto& x_slope, const auto& w_slope) {
           trace::Scope scope("linear_cross_entropy backward", static_cast<double>(x_slope.size() + w_slope.size()),
                              2.0 * static_cast<double>(x_slope.bytes() + w_slope.bytes()));
           const auto scaled = [&](auto& target, const auto& slope) {
             if (!target) return;
             using S = std::decay_t<decltype(slope)>;
             // Memory that no later backward needs becomes the gradient itself.
             S out = slope.storage().unique() ? slope : S::empty(slope.shape());
             linear_cross_entropy_backward(D{}, out.out(), slope.view(), dloss.view());
             target.accumulate(out);
           };
           scaled(dx, x_slope);
           scaled(dw, w_slope);
         });
  return loss;
}

}  // namespace hadal
