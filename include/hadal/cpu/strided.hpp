// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/view.hpp>

#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// A view of dense rows, written with a stride for every axis.
template <class T>
StridedView<T> strided(const View<T>& v) {
  Shape strides = dense_strides(v.shape);
  const std::int64_t columns = v.columns();
  for (int i = 0; i + 1 < strides.rank; ++i)
    strides.dims[i] = columns == 0 ? 0 : strides.dims[i] / columns * v.row_stride;
  return {v.data, v.shape, strides};
}

/// v seen as having the given shape, to which its own broadcasts.
template <class T>
StridedView<T> broadcast(const StridedView<T>& v, const Shape& shape) {
  StridedView<T> b{v.data, shape, shape};
  for (int i = 1; i <= shape.rank; ++i) b.strides[-i] = i > v.shape.rank || v.shape[-i] == 1 ? 0 : v.strides[-i];
  return b;
}

/// A walk over the rows of N operands of one shape. Axes of size 1 are dropped and neighbours that all operands cross
/// as one are merged: dense operands of equal shape become a single row, a bias along the last axis two axes.
template <int N>
struct StridedLoop {
  Shape shape, strides[N];

  template <class... Views>
  explicit StridedLoop(const Shape& full, const Views&... views) {
    static_assert(sizeof...(views) == N);
    const Shape all[] = {views.strides...};
    for (int k = 0; k < N; ++k) strides[k].rank = 0;
    for (int i = 0; i < full.rank; ++i) {
      const std::int64_t n = full.dims[i];
      if (n == 1) continue;
      bool merge = shape.rank > 0;
      for (int k = 0; k < N && merge; ++k) merge = strides[k][-1] == n * all[k].dims[i];
      if (!merge) ++shape.rank;
      shape[-1] = merge ? shape[-1] * n : n;
      for (int k = 0; k < N; ++k) {
        strides[k].rank = shape.rank;
        strides[k][-1] = all[k].dims[i];
      }
    }
    if (shape.rank == 0) {
      shape = {1};
      for (Shape& s : strides) s = {1};
    }
  }

  /// Distance of neighbours in a row of operand k.
  std::int64_t step(int k) const { return strides[k][-1]; }

  /// Calls f(offset) for rows begin .. end-1, where offset[k] is where the row begins in operand k.
  template <class F>
  void rows(std::int64_t begin, std::int64_t end, const F& f) const {
    std::int64_t index[max_rank] = {}, offset[N] = {};
    std::int64_t rest = begin;
    for (int i = shape.rank - 2; i >= 0; --i) {
      index[i] = rest % shape.dims[i];
      rest /= shape.dims[i];
      for (int k = 0; k < N; ++k) offset[k] += index[i] * strides[k].dims[i];
    }
    for (std::int64_t r = begin; r < end; ++r) {
      f(static_cast<const std::int64_t*>(offset));
      for (int i = shape.rank - 2; i >= 0; --i) {
        for (int k = 0; k < N; ++k) offset[k] += strides[k].dims[i];
        if (++index[i] < shape.dims[i]) break;
        for (int k = 0; k < N; ++k) offset[k] -= index[i] * strides[k].dims[i];
        index[i] = 0;
      }
    }
  }
};

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
