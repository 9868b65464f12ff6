// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/linear.hpp>
#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/matmul.hpp>

namespace hadal {

/// y = scale (x W^T + b) + residual
/// x: (..., in)  weight: (out, in)  bias: (out)  residual: (..., out); undefined for none  ->  (..., out)
/// `in_first`: the weight is stored as (in, out). It may have another type than x (bf16 weights under float
/// activations); y has x's type, sums are kept in the accumulator type. A row of y depends on its row of x alone, to
/// the last bit. Scale and residual are applied to parts of y that have just been computed, not in passes of their own.
/// Throws ShapeError when the widths do not match.
template <class T, class W, class D>
Tensor<T, D> linear(const Tensor<T, D>& x_in, const Tensor<W, D>& weight, const Tensor<W, D>& bias = {},
                    const Tensor<T, D>& residual_in = {}, double scale = 1, bool in_first = false) {
  HADAL_CHECK(weight.rank() == 2, ShapeError, "linear: weight must be ", in_first ? "(in, out)" : "(out, in)", ", got ",
              weight.shape());
  const std::int64_t in = weight.shape(in_first ? 0 : 1), out = weight.shape(in_first ? 1 : 0);
  HADAL_CHECK(x_in.rank() >= 1 && x_in.shape(-1) == in, ShapeError, "linear: the last axis of x ", x_in.shape(),
              " must be the ", in, " inputs of weight ", weight.shape());
  HADAL_CHECK(!bias.defined() || bias.shape() == Shape{out}, ShapeError, "linear: bias must be (", out,
              ") to match weight ", weight.shape(), ", got ", bias.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  const Tensor<W, D> w = weight.strides()[0] == 1 ? weight : weight.dense_rows();
  const Tensor<W, D> b = bias.defined() ? bias.contiguous() : bias;
  const Tensor<T, D> residual = residual_in.defined() ? residual_in.dense_rows() : residual_in;
  auto y = Tensor<T, D>::empty(x.shape().with_last(out));
  HADAL_CHECK(!residual.defined() || residual.shape() == y.shape(), ShapeError, "linear: residual must be ", y.shape(),
              " as the result, got ", residual.shape());
  const double operations = 2.0 * static_cast<double>(x.size()) * static_cast<double>(out);
  {
    trace::Scope scope("linear", operations, static_cast<double>(x.bytes() + w.bytes() + y.bytes()));
    linear_forward(D{}, y.out(), x.view(), detail::transposed(w.strided_view(), in_first),
                   b.defined() ? b.view() : View<const W>{}, residual.defined() ? residual.view() : View<const T>{},
                   scale);
  }
  record("linear", y, inputs(x, parameter(w), parameter(b), residual), saved(keep("x", x), keep("weight", w)),
         [operations, scale, in_first](const auto& dy, auto& dx, auto& dweight, auto& dbias, auto& dresidual,
                                       const auto& x, const auto& w) {
           trace::Scope scope("linear backward", (bool(dx) + bool(dweight)) * operations,
                              static_cast<double>(2 * dy.bytes() + 2 * x.bytes() + 2 * w.bytes()));
           using A = Accumulator<T>;
           const detail::Affine<A> times{static_cast<A>(scale), 0};
           const Tensor<T, D> g = scale == 1 ? dy : detail::mapped("multiply", times, dy.shape(), dy);
           linear_backward_input(D{}, dx.view(), g.view(), detail::transposed(w.strided_view(), in_first));
           if (in_first) linear_backward_weight(D{}, dweight.view(), x.view(), g.view());
           else linear_backward_weight(D{}, dweight.view(), g.view(), x.view());
           linear_backward_bias(D{}, dbias.view(), g.view());
           dresidual.accumulate(dy);
         });
  return y;
}

}  // namespace hadal
