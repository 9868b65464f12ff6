// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/gather.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

namespace detail {

/// A shape seen as (outer, n, inner) around an axis.
inline Shape around(const Shape& shape, int axis) {
  Shape s{1, shape[axis], 1};
  for (int i = 0; i < shape.rank; ++i)
    if (i != axis) s[i < axis ? 0 : 2] *= shape[i];
  return s;
}
/// A dense tensor's elements under another shape of the same size.
template <class T>
View<T> viewed(const View<T>& v, const Shape& shape) {
  return {v.data, shape, shape.columns()};
}

inline int check_gather(const char* op, const Shape& x, int axis, const Shape& index) {
  axis = normal_axis(op, axis, x.rank);
  Shape expected = x;
  if (index.rank == x.rank) expected[axis] = index[axis];
  HADAL_CHECK(index == expected, ShapeError, op, ": index must have the shape of x ", x, " but for axis ", axis,
              ", got ", index);
  return axis;
}

}  // namespace detail

/// y[.., k, ..] = x[.., index[.., k, ..], ..]        x: (.., N, ..)  index: (.., K, ..)  ->  (.., K, ..)
/// Throws IndexError for an index outside of 0 .. N-1.
template <class T, class D>
Tensor<T, D> gather(const Tensor<T, D>& x_in, const Tensor<std::int32_t, D>& index_in, int axis = -1) {
  axis = detail::check_gather("gather", x_in.shape(), axis, index_in.shape());
  const Tensor<T, D> x = x_in.contiguous();
  const Tensor<std::int32_t, D> index = index_in.contiguous();
  auto y = Tensor<T, D>::empty(index.shape());
  {
    trace::Scope scope("gather", 0, 2.0 * static_cast<double>(y.bytes()));
    gather_forward(D{}, "gather", detail::viewed(y.out(), detail::around(y.shape(), axis)),
                   detail::viewed(x.view(), detail::around(x.shape(), axis)),
                   detail::viewed(index.view(), detail::around(index.shape(), axis)));
  }
  if constexpr (is_real<T>)
    record("gather", y, inputs(parameter(x)), saved(keep("index", index)),
           [axis](const auto& dy, auto& dx, const auto& index) {
             trace::Scope scope("gather backward", static_cast<double>(dy.size()),
                                3.0 * static_cast<double>(dy.bytes()));
             auto to = dx.view();
             if (!to.add) fill(D{}, to.view, Accumulator<T>(0));
             const Shape terms = detail::around(dy.shape(), axis);
             scatter_add(D{}, "gather", detail::viewed(to.view, detail::around(dx.shape(), axis)),
                         detail::viewed(dy.view(), terms), detail::viewed(index.view(), terms));
           });
  return y;
}

/// y = x with y[.., index[.., k, ..], ..] += source[.., k, ..], terms of one element added in the order of k
///   x: (.., N, ..)  index, source: (.., K, ..)  ->  (.., N, ..)
/// Throws IndexError for an index outside of 0 .. N-1.
template <class T, class D>
Tensor<T, D> scatter_add(const Tensor<T, D>& x, const Tensor<std::int32_t, D>& index_in, const Tensor<T, D>& source_in,
                         int axis = -1) {
  axis = detail::check_gather("scatter_add", x.shape(), axis, index_in.shape());
  HADAL_CHECK(source_in.shape() == index_in.shape(), ShapeError, "scatter_add: source must have the shape of index ",
              index_in.shape(), ", got ", source_in.shape());
  const Tensor<T, D> source = source_in.contiguous();
  const Tensor<std::int32_t, D> index = index_in.contiguous();
  const Shape terms = detail::around(index.shape(), axis);
  Tensor<T, D> y = x.clone();
  {
    trace::Scope scope("scatter_add", static_cast<double>(source.size()), 3.0 * static_cast<double>(source.bytes()));
    scatter_add(D{}, "scatter_add", detail::viewed(y.out(), detail::around(y.shape(), axis)),
                detail::viewed(source.view(), terms), detail::viewed(index.view(), terms));
  }
  if constexpr (is_real<T>)
    record("scatter_add", y, inputs(x, source), saved(keep("index", index)),
           [axis](const auto& dy, auto& dx, auto& dsource, const auto& index) {
             dx.accumulate(dy);
             if (dsource) dsource.accumulate(gather(dy, index, axis));
           });
  return y;
}

}  // namespace hadal
