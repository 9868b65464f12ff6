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

/// The tensors, all of one shape, along a new axis        n x (..)  ->  (.., n, ..)
template <class T, class D>
Tensor<T, D> stack(const std::vector<Tensor<T, D>>& list, int axis = 0) {
  HADAL_CHECK(!list.empty(), ValueError, "stack: there are no tensors");
  std::vector<Tensor<T, D>> parts;
  for (const auto& x : list) {
    HADAL_CHECK(x.shape() == list[0].shape(), ShapeError, "stack: shapes must agree, got ", list[0].shape(), " and ",
                x.shape());
    parts.push_back(x.unsqueeze(axis));
  }
  return concatenate(parts, axis);
}

/// Cuts an axis into pieces of the given sizes, which share x's elements.
///   (.., n_1 + n_2 + .., ..)  ->  (.., n_1, ..), (.., n_2, ..), ..
template <class T, class D>
std::vector<Tensor<T, D>> split(const Tensor<T, D>& x, const std::vector<std::int64_t>& sizes, int axis = 0) {
  axis = normal_axis("split", axis, x.rank());
  std::int64_t total = 0;
  for (std::int64_t n : sizes) {
    HADAL_CHECK(n >= 0, ShapeError, "split: sizes must not be negative, got ", n);
    total += n;
  }
  HADAL_CHECK(total == x.shape(axis), ShapeError, "split: the sizes must add to ", x.shape(axis), ", axis ", axis,
              " of ", x.shape(), ", got ", total);
  std::vector<Tensor<T, D>> parts;
  std::int64_t at = 0;
  for (std::int64_t n : sizes) {
    parts.push_back(x.slice(axis, at, at + n));
    at += n;
  }
  return parts;
}

/// x, n times over along an axis        (.., m, ..)  ->  (.., n m, ..)
template <class T, class D>
Tensor<T, D> repeat(const Tensor<T, D>& x, std::int64_t n, int axis = 0) {
  axis = normal_axis("repeat", axis, x.rank());
  HADAL_CHECK(n >= 1, ValueError, "repeat: the count must be at least 1, got ", n);
  Shape copies = x.unsqueeze(axis).shape(), shape = x.shape();
  copies[axis] = n;
  shape[axis] *= n;
  return x.unsqueeze(axis).expand(copies).reshape(shape);
}

}  // namespace hadal
