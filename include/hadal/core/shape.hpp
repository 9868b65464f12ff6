// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <cstdint>
#include <initializer_list>

namespace hadal {

/// The most axes a tensor can have.
inline constexpr int max_rank = 8;

/// The sizes of a tensor's axes, outermost first. A shape of rank 0 is a scalar with one element.
/// Trivially copyable, usable on a device. `shape[-1]` is the last axis.
struct Shape {
  std::int64_t dims[max_rank] = {};
  std::int32_t rank = 0;

  constexpr Shape() = default;
  constexpr Shape(std::initializer_list<std::int64_t> sizes) {
    if (sizes.size() > max_rank) fail<ShapeError>("shape: at most ", max_rank, " axes, got ", sizes.size());
    for (std::int64_t n : sizes) dims[rank++] = n;
  }
  /// Sizes read from any container of integers.
  template <class Container>
    requires requires(const Container& c) { c.begin(); c.size(); static_cast<std::int64_t>(*c.begin()); }
  explicit Shape(const Container& sizes) {
    if (sizes.size() > max_rank) fail<ShapeError>("shape: at most ", max_rank, " axes, got ", sizes.size());
    for (auto n : sizes) dims[rank++] = static_cast<std::int64_t>(n);
  }

  HADAL_HD constexpr std::int64_t operator[](int axis) const { return dims[axis < 0 ? axis + rank : axis]; }
  HADAL_HD constexpr std::int64_t& operator[](int axis) { return dims[axis < 0 ? axis + rank : axis]; }

  /// Number of elements.
  HADAL_HD constexpr std::int64_t size() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= dims[i];
    return n;
  }
  /// Number of rows: the product of all axes but the last (1 for rank 0 and 1).
  HADAL_HD constexpr std::int64_t rows() const {
    std::int64_t n = 1;
    for (int i = 0; i + 1 < rank; ++i) n *= dims[i];
    return n;
  }
  /// Length of a row: the last axis (1 for rank 0).
  HADAL_HD constexpr std::int64_t columns() const { return rank == 0 ? 1 : dims[rank - 1]; }

  HADAL_HD constexpr const std::int64_t* begin() const { return dims; }
  HADAL_HD constexpr const std::int64_t* end() const { return dims + rank; }

  HADAL_HD friend constexpr bool operator==(const Shape& a, const Shape& b) {
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; ++i)
      if (a.dims[i] != b.dims[i]) return false;
    return true;
  }

  /// This shape with the last axis replaced.
  constexpr Shape with_last(std::int64_t n) const {
    Shape s = *this;
    s[-1] = n;
    return s;
  }
  /// The first `n` axes.
  constexpr Shape first(int n) const {
    Shape s;
    for (int i = 0; i < n; ++i) s.dims[s.rank++] = dims[i];
    return s;
  }
  /// This shape followed by one more axis.
  constexpr Shape append(std::int64_t n) const {
    Shape s = *this;
    if (s.rank == max_rank) fail<ShapeError>("shape: at most ", max_rank, " axes");
    s.dims[s.rank++] = n;
    return s;
  }
};

/// How a shape reads in messages: "(2, 3, 5)"; a scalar is "()".
inline void put(std::string& s, const Shape& shape) {
  s.push_back('(');
  for (int i = 0; i < shape.rank; ++i) {
    if (i) s.append(", ");
    s.append(std::to_string(shape.dims[i]));
  }
  s.push_back(')');
}

/// Row-major strides, in elements, of a dense tensor.
HADAL_HD constexpr Shape dense_strides(const Shape& shape) {
  Shape s;
  s.rank = shape.rank;
  std::int64_t step = 1;
  for (int i = shape.rank - 1; i >= 0; --i) {
    s.dims[i] = step;
    step *= shape.dims[i];
  }
  return s;
}

/// The axis counted from the front, after checking that it exists; negative axes count from the back.
inline int normal_axis(const char* op, int axis, int rank) {
  HADAL_CHECK(axis >= -rank && axis < rank, IndexError, op, ": axis ", axis, " is out of range for rank ", rank);
  return axis < 0 ? axis + rank : axis;
}

/// The shape two operands broadcast to (axes aligned at the back; a size of 1 stretches).
inline Shape broadcast_shape(const char* op, const Shape& a, const Shape& b) {
  Shape s;
  s.rank = a.rank > b.rank ? a.rank : b.rank;
  for (int i = 1; i <= s.rank; ++i) {
    const std::int64_t x = i <= a.rank ? a[-i] : 1, y = i <= b.rank ? b[-i] : 1;
    HADAL_CHECK(x == y || x == 1 || y == 1, ShapeError, op, ": shapes ", a, " and ", b, " do not broadcast");
    s[-i] = x == 1 ? y : x;
  }
  return s;
}

}  // namespace hadal
