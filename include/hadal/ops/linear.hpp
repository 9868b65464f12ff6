// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/linear.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// y = x W^T + b        x: (..., in)  weight: (out, in)  bias: (out), or undefined for none  ->  (..., out)
/// The weight may be stored in another type than x's (bf16 weights under float activations); y has x's type, sums are
/// kept in the accumulator type. A row of y depends on its row of x alone, to the last bit.
/// Throws ShapeError when the widths do not match.
template <class T, class W, class D>
Tensor<T, D> linear(const Tensor<T, D>& x_in, const Tensor<W, D>& weight, const Tensor<W, D>& bias = {}) {
  HADAL_CHECK(weight.rank() == 2, ShapeError, "linear: weight must be (out, in), got ", weight.shape());
  HADAL_CHECK(x_in.rank() >= 1 && x_in.shape(-1) == weight.shape(1), ShapeError, "linear: the last axis of x ",
              x_in.shape(), " must be the ", weight.shape(1), " inputs of weight ", weight.shape());
  HADAL_CHECK(!bias.defined() || bias.shape() == Shape{weight.shape(0)}, ShapeError, "linear: bias must be (",
              weight.shape(0), ") to match weight ", weight.shape(), ", got ", bias.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  const Tensor<W, D> w = weight.dense_rows(), b = bias.defined() ? bias.contiguous() : bias;
  auto y = Tensor<T, D>::empty(x.shape().with_last(w.shape(0)));
  const double operations = 2.0 * static_cast<double>(x.size()) * static_cast<double>(w.shape(0));
  {
    trace::Scope scope("linear", operations, static_cast<double>(x.bytes() + w.bytes() + y.bytes()));
    linear_forward(D{}, y.out(), x.view(), w.view(), b.defined() ? b.view() : View<const W>{});
  }
  record("linear", y, inputs(x, parameter(w), parameter(b)), saved(keep("x", x), keep("weight", w)),
         [operations](const auto& dy, auto& dx, auto& dweight, auto& dbias, const auto& x, const auto& w) {
           trace::Scope scope("linear backward", (bool(dx) + bool(dweight)) * operations,
                              static_cast<double>(2 * dy.bytes() + 2 * x.bytes() + 2 * w.bytes()));
           linear_backward_input(D{}, dx.view(), dy.view(), w.view());
           linear_backward_weight(D{}, dweight.view(), dy.view(), x.view());
           linear_backward_bias(D{}, dbias.view(), dy.view());
         });
  return y;
}

}  // namespace hadal
