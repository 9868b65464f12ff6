// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>

#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// A matrix operand. Element (i, j) lies at data[i * row_stride + j * column_stride]; products are fast when one of the
/// two strides is 1.
template <class T>
struct Matrix {
  T* data = nullptr;
  std::int64_t rows = 0, columns = 0, row_stride = 0, column_stride = 1;

  T& at(std::int64_t i, std::int64_t j) const { return data[i * row_stride + j * column_stride]; }
  Matrix transposed() const { return {data, columns, rows, column_stride, row_stride}; }
  /// The part of `r` rows and `c` columns that begins at (i, j).
  Matrix block(std::int64_t i, std::int64_t j, std::int64_t r, std::int64_t c) const {
    return {data + i * row_stride + j * column_stride, r, c, row_stride, column_stride};
  }
  /// The same matrix `elements` further on.
  Matrix shifted(std::int64_t elements) const { return {data + elements, rows, columns, row_stride, column_stride}; }
  operator Matrix<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, rows, columns, row_stride, column_stride};
  }
};

/// Rows that follow each other without gaps.
template <class T>
Matrix<T> dense_matrix(T* data, std::int64_t rows, std::int64_t columns) {
  return {data, rows, columns, columns, 1};
}

namespace detail {

/// Rows whose distance is a multiple of a page fall into few cache sets: kernels that read them in turn lose them.
template <class S>
bool far_apart(std::int64_t stride) {
  return stride * static_cast<std::int64_t>(sizeof(S)) % 4096 == 0;
}

}  // namespace detail

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
