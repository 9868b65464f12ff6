// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/grouped_matmul.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// For every expert e, rows offsets[e] .. offsets[e+1] of y:  y_e = x_e W_e^T
/// x: (N, in), rows sorted by expert  weight: (E, out, in)  offsets: (E + 1), from 0 to N  ->  (N, out)
/// One call for all experts; an expert may have no rows. The weight may be stored in another type than x's.
/// Throws ShapeError when sizes do not fit and IndexError when offsets do not cut the rows.
template <class T, class W, class D>
Tensor<T, D> grouped_linear(const Tensor<T, D>& x_in, const Tensor<W, D>& weight,
                            const Tensor<std::int32_t, D>& offsets_in) {
  HADAL_CHECK(weight.rank() == 3, ShapeError, "grouped_linear: weight must be (E, out, in), got ", weight.shape());
  HADAL_CHECK(x_in.rank() == 2 && x_in.shape(1) == weight.shape(2), ShapeError, "grouped_linear: x must be (N, ",
              weight.shape(2), ") to match weight ", weight.shape(), ", got ", x_in.shape());
  HADAL_CHECK(offsets_in.shape() == Shape{weight.shape(0) + 1}, ShapeError, "grouped_linear: offsets must be (",
              weight.shape(0) + 1, ") to match weight ", weight.shape(), ", got ", offsets_in.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  // Matrices that lie apart (in a mapped file) are read where they are.
  const Tensor<W, D> w = weight.strides()[2] == 1 ? weight : weight.contiguous();
  const Tensor<std::int32_t, D> offsets = offsets_in.contiguous();
  auto y = Tensor<T, D>::empty({x.shape(0), w.shape(1)});
  const double operations = 2.0 * static_cast<double>(x.size()) * static_cast<double>(w.shape(1));
  {
    trace::Scope scope("grouped_linear", operations, static_cast<double>(x.bytes() + w.bytes() + y.bytes()));
    grouped_linear_forward(D{}, y.out(), x.view(), w.strided_view(), offsets.view());
  }
  record("grouped_linear", y, inputs(x, parameter(w)),
         saved(keep("x", x), keep("weight", w), keep("offsets", offsets)),
         [operations](const auto& dy, auto& dx, auto& dweight, const auto& x, const auto& w, const auto& offsets) {
           trace::Scope scope("grouped_linear backward", (bool(dx) + bool(dweight)) * operations,
                              static_cast<double>(2 * dy.bytes() + 2 * x.bytes() + 2 * w.bytes()));
           grouped_linear_backward_input(D{}, dx.view(), dy.view(), w.strided_view(), offsets.view());
           grouped_linear_backward_weight(D{}, dweight.view(), dy.view(), x.view(), offsets.view());
         });
  return y;
}

}  // namespace hadal
