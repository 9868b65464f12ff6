// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/index_select.hpp>
#include <hadal/ops/gather.hpp>

namespace hadal {

/// y[.., k, ..] = x[.., index[k], ..]: entries of an axis, in any order and number.
///   x: (.., N, ..)  index: (K)  ->  (.., K, ..)
/// Throws IndexError for an index outside of 0 .. N-1.
template <class T, class D>
Tensor<T, D> index_select(const Tensor<T, D>& x_in, int axis, const Tensor<std::int32_t, D>& index_in) {
  axis = normal_axis("index_select", axis, x_in.rank());
  HADAL_CHECK(index_in.rank() == 1, ShapeError, "index_select: index must have one axis, got ", index_in.shape());
  const Tensor<T, D> x = x_in.contiguous();
  const Tensor<std::int32_t, D> index = index_in.contiguous();
  Shape shape = x.shape();
  shape[axis] = index.size();
  auto y = Tensor<T, D>::empty(shape);
  {
    trace::Scope scope("index_select", 0, 2.0 * static_cast<double>(y.bytes()));
    index_select_forward(D{}, detail::viewed(y.out(), detail::around(shape, axis)),
                         detail::viewed(x.view(), detail::around(x.shape(), axis)), index.view());
  }
  if constexpr (is_real<T>)
    record("index_select", y, inputs(parameter(x)), saved(keep("index", index)),
           [axis](const auto& dy, auto& dx, const auto& index) {
             trace::Scope scope("index_select backward", static_cast<double>(dy.size()),
                                3.0 * static_cast<double>(dy.bytes()));
             auto to = dx.view();
             if (!to.add) fill(D{}, to.view, Accumulator<T>(0));
             index_select_backward(D{}, detail::viewed(to.view, detail::around(dx.shape(), axis)),
                                   detail::viewed(dy.view(), detail::around(dy.shape(), axis)), index.view());
           });
  return y;
}

}  // namespace hadal
