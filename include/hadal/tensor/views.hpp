// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/record.hpp>

namespace hadal {

namespace detail {

/// A tensor over the same storage with another layout, outside the graph.
template <class T, class D>
Tensor<T, D> relayout(const Tensor<T, D>& x, const Shape& shape, const Shape& strides, std::int64_t offset) {
  return Tensor<T, D>::wrap(TensorBase(x.storage(), shape, strides, offset, dtype_of<T>, D::kind));
}

template <class T, class D, class Fn>
void record_view(const char* op, Tensor<T, D>& y, const Tensor<T, D>& x, Fn backward) {
  if constexpr (is_real<T>) record(op, y, inputs(x), saved(), backward);
}

/// Strides that show `from` with `strides` as `to` (as many elements), if there are any: both shapes are cut into the
/// smallest groups of axes with equal products, and within a group of `from` the elements must be evenly spaced.
inline std::optional<Shape> reshape_strides(const Shape& from, const Shape& strides, const Shape& to) {
  Shape result = dense_strides(to);
  if (from.size() == 0) return result;
  Shape dims, steps;  // `from` without its axes of size 1
  for (int k = 0; k < from.rank; ++k)
    if (from.dims[k] != 1) {
      dims = dims.append(from.dims[k]);
      steps = steps.append(strides.dims[k]);
    }
  for (int i = 0, j = 0; i < dims.rank;) {
    int i_end = i + 1, j_end = j + 1;
    for (std::int64_t have = dims.dims[i], want = to.dims[j]; have != want;) {
      if (have < want) have *= dims.dims[i_end++];
      else want *= to.dims[j_end++];
    }
    for (int k = i; k + 1 < i_end; ++k)
      if (steps.dims[k] != steps.dims[k + 1] * dims.dims[k + 1]) return std::nullopt;
    std::int64_t step = steps.dims[i_end - 1];
    for (int k = j_end - 1; k >= j; --k) {
      result.dims[k] = step;
      step *= to.dims[k];
    }
    i = i_end;
    j = j_end;
  }
  return result;
}

}  // namespace detail

template <class T, class D>
Tensor<T, D> Tensor<T, D>::reshape(Shape shape) const {
  std::int64_t known = 1;
  int free_axis = -1;
  for (int i = 0; i < shape.rank; ++i) {
    if (shape.dims[i] != -1) known *= shape.dims[i];
    else {
      HADAL_CHECK(free_axis < 0, ShapeError, "reshape: only one size may be -1, got ", shape);
      free_axis = i;
    }
  }
  if (free_axis >= 0) {
    HADAL_CHECK(known > 0 && size() % known == 0, ShapeError, "reshape: ", shape_, " does not fit into ", shape);
    shape.dims[free_axis] = size() / known;
  }
  HADAL_CHECK(shape.size() == size(), ShapeError, "reshape: ", shape_, " does not fit into ", shape);
  const auto strides = detail::reshape_strides(shape_, strides_, shape);
  if (!strides) return contiguous().reshape(shape);
  Tensor y = detail::relayout(*this, shape, *strides, offset_);
  detail::record_view("reshape", y, *this,
                      [from = shape_](const auto& dy, auto& dx) { dx.accumulate(dy.reshape(from)); });
  return y;
}

template <class T, class D>
Tensor<T, D> Tensor<T, D>::permute(const std::vector<int>& axes) const {
  HADAL_CHECK(static_cast<int>(axes.size()) == rank(), ShapeError, "permute: ", axes.size(), " axes for shape ",
              shape_);
  Shape shape = shape_, strides = strides_;
  struct Inverse { std::int8_t axis[max_rank]; } inverse{};
  unsigned seen = 0;
  for (int i = 0; i < rank(); ++i) {
    const int a = normal_axis("permute", axes[static_cast<std::size_t>(i)], rank());
    HADAL_CHECK(!(seen >> a & 1u), ShapeError, "permute: axis ", a, " is named twice");
    seen |= 1u << a;
    shape.dims[i] = shape_.dims[a];
    strides.dims[i] = strides_.dims[a];
    inverse.axis[a] = static_cast<std::int8_t>(i);
  }
  Tensor y = detail::relayout(*this, shape, strides, offset_);
  detail::record_view("permute", y, *this, [inverse, n = rank()](const auto& dy, auto& dx) {
    dx.accumulate(dy.permute(std::vector<int>(inverse.axis, inverse.axis + n)));
  });
  return y;
}

template <class T, class D>
Tensor<T, D> Tensor<T, D>::transpose(int a, int b) const {
  std::vector<int> axes;
  for (int i = 0; i < rank(); ++i) axes.push_back(i);
  std::swap(axes[static_cast<std::size_t>(normal_axis("transpose", a, rank()))],
            axes[static_cast<std::size_t>(normal_axis("transpose", b, rank()))]);
  return permute(axes);
}

template <class T, class D>
Tensor<T, D> Tensor<T, D>::slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step) const {
  axis = normal_axis("slice", axis, rank());
  const std::int64_t n = shape_.dims[axis];
  const std::int64_t b = begin < 0 ? begin + n : begin, e = end < 0 ? end + n : end;
  HADAL_CHECK(0 <= b && b <= e && e <= n, IndexError, "slice: ", begin, " .. ", end, " is outside of axis ", axis,
              " of ", shape_);
  HADAL_CHECK(step >= 1, ValueError, "slice: the step must be at least 1, got ", step);
  Shape shape = shape_, strides = strides_;
  shape.dims[axis] = (e - b + step - 1) / step;
  strides.dims[axis] *= step;
  Tensor y = detail::relayout(*this, shape, strides, offset_ + b * strides_.dims[axis]);
  detail::record_view("slice", y, *this, [axis, b, e, step](const auto& dy, auto& dx) {
    dx.accumulate_part(dy, [&](const auto& whole) { return whole.slice(axis, b, e, step); });
  });
  return y;
}

template <class T, class D>
Tensor<T, D> Tensor<T, D>::select(int axis, std::int64_t i) const {
  axis = normal_axis("select", axis, rank());
  const std::int64_t n = shape_.dims[axis], at = i < 0 ? i + n : i;
  HADAL_CHECK(at >= 0 && at < n, IndexError, "select: index ", i, " is outside of axis ", axis, " of ", shape_);
  return slice(axis, at, at + 1).squeeze(axis);
}

template <class T, class D>
Tensor<T, D> Tensor<T, D>::unsqueeze(int axis) const {
  axis = normal_axis("unsqueeze", axis, rank() + 1);
  Shape shape;
  for (int i = 0; i <= rank(); ++i) {
    if (i == axis) shape = shape.append(1);
    if (i < rank()) shape = shape.append(shape_.dims[i]);
  }
  return reshape(shape);
}

template <class T, class D>
Tensor<T, D> Tensor<T, D>::squeeze(int axis) const {
  axis = normal_axis("squeeze", axis, rank());
  HADAL_CHECK(shape_.dims[axis] == 1, ShapeError, "squeeze: axis ", axis, " of ", shape_, " is not of size 1");
  Shape shape;
  for (int i = 0; i < rank(); ++i)
    if (i != axis) shape = shape.append(shape_.dims[i]);
  return reshape(shape);
}

template <class T, class D>
Tensor<T, D> Tensor<T, D>::expand(const Shape& shape) const {
  HADAL_CHECK(shape.rank >= rank() && broadcast_shape("expand", shape_, shape) == shape, ShapeError, "expand: ", shape_,
              " does not stretch to ", shape);
  Shape strides;
  strides.rank = shape.rank;
  for (int i = 1; i <= shape.rank; ++i)
    strides[-i] = i <= rank() && (shape_[-i] != 1 || shape[-i] == 1) ? strides_[-i] : 0;
  Tensor y = detail::relayout(*this, shape, strides, offset_);
  detail::record_view("expand", y, *this, [from = shape_](const auto& dy, auto& dx) {
    dx.accumulate(sum_to(dy, from));
  });
  return y;
}

template <class T, class D>
Tensor<T, D> Tensor<T, D>::contiguous() const {
  if (is_contiguous()) return *this;
  Tensor y = clone();
  detail::record_view("contiguous", y, *this, [](const auto& dy, auto& dx) { dx.accumulate(dy); });
  return y;
}

/// x summed over the axes along which `shape` was stretched to x's shape.
template <class T, class D>
Tensor<T, D> sum_to(const Tensor<T, D>& x, const Shape& shape) {
  if (x.shape() == shape) return x.detach();
  Tensor<T, D> y = Tensor<T, D>::empty(shape);
  sum_to(D{}, y.out(), x.strided_view());
  return y;
}

}  // namespace hadal
