// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/functions.hpp>
#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/gather.hpp>

#include <cstdint>
#include <vector>

namespace hadal {

namespace detail {

/// The shape with the given axes reduced to size 1, or left out.
inline Shape reduced_shape(const char* op, const Shape& shape, const std::vector<int>& axes, bool keep) {
  unsigned named = 0;
  for (int axis : axes) {
    const int a = normal_axis(op, axis, shape.rank);
    HADAL_CHECK(!(named >> a & 1u), ValueError, op, ": axis ", axis, " is named twice");
    named |= 1u << a;
  }
  Shape s;
  for (int i = 0; i < shape.rank; ++i) {
    if (!(named >> i & 1u)) s = s.append(shape.dims[i]);
    else if (keep) s = s.append(1);
  }
  return s;
}

inline std::vector<int> all_axes(int rank) {
  std::vector<int> axes;
  for (int i = 0; i < rank; ++i) axes.push_back(i);
  return axes;
}

/// What sums of T are: T itself, but counts of a mask are int64.
template <class T>
using SumOf = std::conditional_t<is_real<T>, T, Accumulator<T>>;

template <class T, class D>
Tensor<SumOf<T>, D> scaled_sum(const char* op, const Tensor<T, D>& x, const std::vector<int>& axes, bool keep,
                               double scale) {
  const Shape ones = reduced_shape(op, x.shape(), axes, true);
  auto y = Tensor<SumOf<T>, D>::empty(reduced_shape(op, x.shape(), axes, keep));
  {
    trace::Scope scope(op, static_cast<double>(x.size()), static_cast<double>(x.bytes()));
    sum_to(D{}, GradView<SumOf<T>>{viewed(y.out(), ones)}, x.strided_view(), scale);
  }
  if constexpr (is_real<T>)
    record(op, y, inputs(x), saved(), [ones, scale](const auto& dy, auto& dx) {
      using A = Accumulator<T>;
      map(D{}, Affine<A>{static_cast<A>(scale), 0}, dx.view(), dy.reshape(ones).strided_view());
    });
  return y;
}

/// The elements along the axes, of which a mean needs one at least.
inline double mean_scale(const char* op, const Shape& shape, const std::vector<int>& axes) {
  double n = 1;
  for (int axis : axes) n *= static_cast<double>(shape[normal_axis(op, axis, shape.rank)]);
  HADAL_CHECK(n > 0, ShapeError, op, ": there are no elements along the axes of ", shape);
  return 1 / n;
}

template <class T, class D>
Tensor<T, D> extreme(const char* op, int sign, const Tensor<T, D>& x_in, int axis, bool keep,
                     Tensor<std::int32_t, D>* where) {
  axis = normal_axis(op, axis, x_in.rank());
  HADAL_CHECK(x_in.shape(axis) > 0, ShapeError, op, ": axis ", axis, " of ", x_in.shape(), " has no elements");
  const Tensor<T, D> x = x_in.contiguous();
  const Shape shape = reduced_shape(op, x.shape(), {axis}, keep), ones = reduced_shape(op, x.shape(), {axis}, true);
  auto y = Tensor<T, D>::empty(shape);
  auto at = Tensor<std::int32_t, D>::empty(shape);
  {
    trace::Scope scope(op, static_cast<double>(x.size()), static_cast<double>(x.bytes()));
    extremum(D{}, y.out(), at.out(), viewed(x.view(), around(x.shape(), axis)), sign);
  }
  if (where) *where = at;
  if constexpr (is_real<T>)
    record(op, y, inputs(parameter(x)), saved(hadal::keep("index", at)),
           [op, axis, ones](const auto& dy, auto& dx, const auto& at) {
             auto to = dx.view();
             if (!to.add) fill(D{}, to.view, Accumulator<T>(0));
             const Shape terms = around(ones, axis);
             scatter_add(D{}, op, viewed(to.view, around(dx.shape(), axis)), viewed(dy.view(), terms),
                         viewed(at.view(), terms));
           });
  return y;
}

struct SquareOf {
  template <class V> HADAL_HD V operator()(V x) const { return x * x; }
};
struct NormGradient {  // zero at the origin
  template <class V> HADAL_HD V operator()(V dy, V x, V norm) const { return norm > 0 ? dy * x / norm : V{}; }
};

}  // namespace detail

// Sums are kept in the accumulator type and added in an order that does not depend on the number of threads. An axis
// that was reduced disappears, or stays with size 1 (keep). Sums of masks are int64. Throws IndexError for an axis that
// does not exist.

/// The sum along the axes        (.., n, ..)  ->  (.., ..) or (.., 1, ..)
template <class T, class D>
auto sum(const Tensor<T, D>& x, const std::vector<int>& axes, bool keep = false) {
  return detail::scaled_sum("sum", x, axes, keep, 1);
}
template <class T, class D>
auto sum(const Tensor<T, D>& x, int axis, bool keep = false) {
  return detail::scaled_sum("sum", x, {axis}, keep, 1);
}
/// The sum of all elements        (..)  ->  ()
template <class T, class D>
auto sum(const Tensor<T, D>& x) {
  return detail::scaled_sum("sum", x, detail::all_axes(x.rank()), false, 1);
}

/// The mean along the axes, which must hold an element
template <class T, class D>
Tensor<T, D> mean(const Tensor<T, D>& x, const std::vector<int>& axes, bool keep = false) {
  static_assert(is_real<T>, "mean needs float, double, bf16 or half elements");
  return detail::scaled_sum("mean", x, axes, keep, detail::mean_scale("mean", x.shape(), axes));
}
template <class T, class D>
Tensor<T, D> mean(const Tensor<T, D>& x, int axis, bool keep = false) {
  return mean(x, std::vector{axis}, keep);
}
template <class T, class D>
Tensor<T, D> mean(const Tensor<T, D>& x) {
  return mean(x, detail::all_axes(x.rank()));
}

/// mean((x - mean(x))^2) along an axis: the biased variance
template <class T, class D>
Tensor<T, D> variance(const Tensor<T, D>& x, int axis, bool keep = false) {
  return mean(square(x - mean(x, axis, true)), axis, keep);
}

/// sqrt(sum of x^2) over all elements, in the accumulator type; its gradient is 0 at the origin        (..)  ->  ()
template <class T, class D>
Tensor<Accumulator<T>, D> norm(const Tensor<T, D>& x) {
  using A = Accumulator<T>;
  auto y = Tensor<A, D>::empty({});
  {
    trace::Scope scope("norm", 2.0 * static_cast<double>(x.size()), static_cast<double>(x.bytes()));
    auto squares = Tensor<A, D>::empty({});
    sum_map(D{}, detail::SquareOf{}, GradView<A>{squares.out()}, x.strided_view(), 1);
    function_forward(D{}, functions::Sqrt{}, y.out(), squares.strided_view());
  }
  record("norm", y, inputs(x), saved(keep("x", x), keep("y", y)),
         [](const auto& dy, auto& dx, const auto& x, const auto& y) {
           map(D{}, detail::NormGradient{}, dx.view(), dy.strided_view(), x.strided_view(), y.strided_view());
         });
  return y;
}

/// The largest element along an axis, NaN if there is one. The gradient goes to the first of equals.
template <class T, class D>
Tensor<T, D> amax(const Tensor<T, D>& x, int axis, bool keep = false) {
  return detail::extreme<T, D>("amax", 1, x, axis, keep, nullptr);
}
/// The smallest; as `amax`.
template <class T, class D>
Tensor<T, D> amin(const Tensor<T, D>& x, int axis, bool keep = false) {
  return detail::extreme<T, D>("amin", -1, x, axis, keep, nullptr);
}
/// Where the largest element stands along an axis, the first of equals. No gradient.
template <class T, class D>
Tensor<std::int32_t, D> argmax(const Tensor<T, D>& x, int axis, bool keep = false) {
  Tensor<std::int32_t, D> at;
  detail::extreme("argmax", 1, x.detach(), axis, keep, &at);
  return at;
}

}  // namespace hadal
