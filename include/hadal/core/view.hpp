// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/shape.hpp>

#include <cstdint>
#include <type_traits>

namespace hadal {

/// What kernels take: a pointer with a shape, trivially copyable, whose last axis is dense. Row r (counted over all
/// axes but the last) begins at data + r * row_stride; a dense tensor has row_stride == columns().
template <class T>
struct View {
  T* data = nullptr;
  Shape shape;
  std::int64_t row_stride = 0;

  HADAL_HD std::int64_t size() const { return shape.size(); }
  HADAL_HD std::int64_t rows() const { return shape.rows(); }
  HADAL_HD std::int64_t columns() const { return shape.columns(); }
  HADAL_HD T* row(std::int64_t r) const { return data + r * row_stride; }
  HADAL_HD bool dense() const { return row_stride == columns() || rows() <= 1; }
  /// Views of mutable elements convert to views of const ones.
  HADAL_HD operator View<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, shape, row_stride};
  }
};

/// Where a backward kernel puts one input's gradient. `add` asks to add to what is there instead of overwriting it;
/// an empty one is not wanted and must not be touched.
template <class T>
struct GradView {
  View<T> view;
  bool add = false;

  HADAL_HD explicit operator bool() const { return view.data != nullptr; }
};

/// For the kernels that follow any layout: every axis has its own stride, in elements (0 where broadcast).
template <class T>
struct StridedView {
  T* data = nullptr;
  Shape shape, strides;

  HADAL_HD std::int64_t size() const { return shape.size(); }
  HADAL_HD operator StridedView<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, shape, strides};
  }
};

}  // namespace hadal
