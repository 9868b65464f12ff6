// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/tensor/views.hpp>

#include <vector>

namespace hadal {

/// The tensors one after the other along an axis; all other axes agree.
///   (.., n_1, ..), (.., n_2, ..), ..  ->  (.., n_1 + n_2 + .., ..)
template <class T, class D>
Tensor<T, D> concatenate(const std::vector<Tensor<T, D>>& list, int axis = 0) {
  HADAL_CHECK(!list.empty(), ValueError, "concatenate: there are no tensors");
  Shape shape = list[0].shape();
  axis = normal_axis("concatenate", axis, shape.rank);
  shape[axis] = 0;
  for (const auto& x : list) {
    Shape expected = list[0].shape();
    if (x.rank() == shape.rank) expected[axis] = x.shape(axis);
    HADAL_CHECK(x.shape() == expected, ShapeError, "concatenate: shapes must agree but for axis ", axis, ", got ",
                list[0].shape(), " and ", x.shape());
    shape[axis] += x.shape(axis);
  }
  auto y = Tensor<T, D>::empty(shape);
  {
    trace::Scope scope("concatenate", 0, 2.0 * static_cast<double>(y.bytes()));
    std::int64_t at = 0;
    for (const auto& x : list) {
      Tensor<T, D> part = y.slice(axis, at, at + x.shape(axis));
      copy_strided(D{}, StridedView<T>{part.data(), part.shape(), part.strides()}, x.strided_view());
      at += x.shape(axis);
    }
  }
  if constexpr (is_real<T>) {
    record("concatenate", y, list, [axis](const auto& dy, auto& dx, const std::vector<Shape>& shapes) {
      trace::Scope scope("concatenate backward", 0, 2.0 * static_cast<double>(dy.bytes()));
      std::int64_t at = 0;
      for (std::size_t i = 0; i < dx.size(); ++i) {
        dx[i].accumulate(dy.slice(axis, at, at + shapes[i][axis]));
        at += shapes[i][axis];
      }
    });
  }
  return y;
}

}  // namespace hadal
