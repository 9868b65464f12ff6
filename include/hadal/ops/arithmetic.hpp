// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/map.hpp>
#include <hadal/cpu/reductions.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

namespace detail {

// What the arithmetic ops compute, and the gradients of their left and right operands. V is a number or a vector.
struct Add {
  template <class V> HADAL_HD V operator()(V a, V b) const { return a + b; }
};
struct Subtract {
  template <class V> HADAL_HD V operator()(V a, V b) const { return a - b; }
};
struct Multiply {
  static constexpr const char* name = "multiply";
  template <class V> HADAL_HD V operator()(V a, V b) const { return a * b; }
  template <class V> HADAL_HD static V left(V dy, V, V b) { return dy * b; }
  template <class V> HADAL_HD static V right(V dy, V a, V) { return dy * a; }
};
struct Divide {
  static constexpr const char* name = "divide";
  template <class V> HADAL_HD V operator()(V a, V b) const { return a / b; }
  template <class V> HADAL_HD static V left(V dy, V, V b) { return dy / b; }
  template <class V> HADAL_HD static V right(V dy, V a, V b) { return -dy * a / (b * b); }
};
struct Maximum {
  static constexpr const char* name = "maximum";
  template <class V> HADAL_HD V operator()(V a, V b) const { return ((a > b) | (a != a)) ? a : b; }
  template <class V> HADAL_HD static V left(V dy, V a, V b) { return a > b ? dy : a == b ? dy / (V{} + 2) : V{}; }
  template <class V> HADAL_HD static V right(V dy, V a, V b) { return left(dy, b, a); }
};
struct Minimum {
  static constexpr const char* name = "minimum";
  template <class V> HADAL_HD V operator()(V a, V b) const { return ((a < b) | (a != a)) ? a : b; }
  template <class V> HADAL_HD static V left(V dy, V a, V b) { return Maximum::left(dy, b, a); }
  template <class V> HADAL_HD static V right(V dy, V a, V b) { return Maximum::left(dy, a, b); }
};
template <class F>
struct Left {
  template <class V> HADAL_HD V operator()(V dy, V a, V b) const { return F::left(dy, a, b); }
};
template <class F>
struct Right {
  template <class V> HADAL_HD V operator()(V dy, V a, V b) const { return F::right(dy, a, b); }
};

/// x scale + shift, by a number.
template <class A>
struct Affine {
  A scale, shift;
  template <class V> HADAL_HD V operator()(V x) const { return x * scale + shift; }
};
template <class A>
struct DivideBy {
  A divisor;
  template <class V> HADAL_HD V operator()(V x) const { return x / divisor; }
};
template <class A>
struct Over {
  A dividend;
  template <class V> HADAL_HD V operator()(V x) const { return dividend / x; }
  template <class V> HADAL_HD V operator()(V dy, V x) const { return -dy * dividend / (x * x); }
};

/// y = f(x...) by map, traced, with one operation an element; not recorded.
template <class F, class T, class D, class... X>
Tensor<T, D> mapped(const char* op, const F& f, const Shape& shape, const Tensor<T, D>& x,
                    const Tensor<X, D>&... rest) {
  auto y = Tensor<T, D>::empty(shape);
  trace::Scope scope(op, static_cast<double>(y.size()), static_cast<double>((2 + sizeof...(X)) * y.bytes()));
  map(D{}, f, GradView<T>{y.out()}, x.strided_view(), rest.strided_view()...);
  return y;
}

/// The gradient f(dy, x...) of an operand, summed over the axes along which the operand was stretched.
template <class G, class D, class F, class T, class... X>
void map_gradient(GradTarget<G, D>& target, const F& f, const Tensor<T, D>& dy, const Tensor<X, D>&... x) {
  if (!target) return;
  if (target.shape() == dy.shape()) return map(D{}, f, target.view(), dy.strided_view(), x.strided_view()...);
  auto terms = Tensor<Accumulator<T>, D>::empty(dy.shape());
  map(D{}, f, GradView<Accumulator<T>>{terms.out()}, dy.strided_view(), x.strided_view()...);
  sum_to(D{}, target.view(), terms.strided_view());
}

template <class F, class T, class D>
Tensor<T, D> binary(F f, const Tensor<T, D>& a, const Tensor<T, D>& b) {
  Tensor<T, D> y = mapped(F::name, f, broadcast_shape(F::name, a.shape(), b.shape()), a, b);
  if constexpr (is_real<T>)
    record(F::name, y, inputs(a, b), saved(keep("a", a), keep("b", b)),
           [](const auto& dy, auto& da, auto& db, const auto& a, const auto& b) {
             trace::Scope scope(F::name, 2.0 * static_cast<double>(dy.size()), 6.0 * static_cast<double>(dy.bytes()));
             map_gradient(da, Left<F>{}, dy, a, b);
             map_gradient(db, Right<F>{}, dy, a, b);
           });
  return y;
}

/// a + sign b
template <class F, class T, class D>
Tensor<T, D> sum_or_difference(const char* op, F f, double sign, const Tensor<T, D>& a, const Tensor<T, D>& b) {
  Tensor<T, D> y = mapped(op, f, broadcast_shape(op, a.shape(), b.shape()), a, b);
  if constexpr (is_real<T>)
    record(op, y, inputs(a, b), saved(), [sign](const auto& dy, auto& da, auto& db) {
      if (da && da.shape() == dy.shape()) da.accumulate(dy);
      else sum_to(D{}, da.view(), dy.strided_view());
      if (db && db.shape() == dy.shape() && sign > 0) db.accumulate(dy);
      else sum_to(D{}, db.view(), dy.strided_view(), sign);
    });
  return y;
}

/// scale x + shift
template <class T, class D>
Tensor<T, D> affine(const char* op, const Tensor<T, D>& x, double scale, double shift) {
  using A = Accumulator<T>;
  Tensor<T, D> y = mapped(op, Affine<A>{static_cast<A>(scale), static_cast<A>(shift)}, x.shape(), x);
  if constexpr (is_real<T>)
    record(op, y, inputs(x), saved(), [scale](const auto& dy, auto& dx) {
      if (scale == 1) dx.accumulate(dy);
      else map(D{}, Affine<A>{static_cast<A>(scale), A(0)}, dx.view(), dy.strided_view());
    });
  return y;
}

}  // namespace detail

// Operands have one element type (convert with `cast`) and broadcast: axes are aligned at the back and a size of 1
// stretches; ShapeError otherwise. One operation an element.

/// a + b
template <class T, class D>
Tensor<T, D> add(const Tensor<T, D>& a, const Tensor<T, D>& b) {
  return detail::sum_or_difference("add", detail::Add{}, 1, a, b);
}
/// a - b
template <class T, class D>
Tensor<T, D> subtract(const Tensor<T, D>& a, const Tensor<T, D>& b) {
  return detail::sum_or_difference("subtract", detail::Subtract{}, -1, a, b);
}
/// a b
template <class T, class D>
Tensor<T, D> multiply(const Tensor<T, D>& a, const Tensor<T, D>& b) {
  return detail::binary(detail::Multiply{}, a, b);
}
/// a / b
template <class T, class D>
Tensor<T, D> divide(const Tensor<T, D>& a, const Tensor<T, D>& b) {
  return detail::binary(detail::Divide{}, a, b);
}
/// The larger of a and b, NaN if either is. Where they are equal each gets half of the gradient.
template <class T, class D>
Tensor<T, D> maximum(const Tensor<T, D>& a, const Tensor<T, D>& b) {
  return detail::binary(detail::Maximum{}, a, b);
}
/// The smaller of a and b; as `maximum`.
template <class T, class D>
Tensor<T, D> minimum(const Tensor<T, D>& a, const Tensor<T, D>& b) {
  return detail::binary(detail::Minimum{}, a, b);
}

// With a number on either side.
template <class T, class D>
Tensor<T, D> add(const Tensor<T, D>& x, double s) { return detail::affine("add", x, 1, s); }
template <class T, class D>
Tensor<T, D> multiply(const Tensor<T, D>& x, double s) { return detail::affine("multiply", x, s, 0); }
/// x / s
template <class T, class D>
Tensor<T, D> divide(const Tensor<T, D>& x, double s) {
  using A = Accumulator<T>;
  Tensor<T, D> y = detail::mapped("divide", detail::DivideBy<A>{static_cast<A>(s)}, x.shape(), x);
  if constexpr (is_real<T>)
    record("divide", y, inputs(x), saved(), [s](const auto& dy, auto& dx) {
      map(D{}, detail::DivideBy<A>{static_cast<A>(s)}, dx.view(), dy.strided_view());
    });
  return y;
}
/// s / x
template <class T, class D>
Tensor<T, D> divide(double s, const Tensor<T, D>& x) {
  using A = Accumulator<T>;
  Tensor<T, D> y = detail::mapped("divide", detail::Over<A>{static_cast<A>(s)}, x.shape(), x);
  if constexpr (is_real<T>)
    record("divide", y, inputs(x), saved(keep("x", x)), [s](const auto& dy, auto& dx, const auto& x) {
      map(D{}, detail::Over<A>{static_cast<A>(s)}, dx.view(), dy.strided_view(), x.strided_view());
    });
  return y;
}

template <class T, class D>
Tensor<T, D> operator+(const Tensor<T, D>& a, const Tensor<T, D>& b) { return add(a, b); }
template <class T, class D>
Tensor<T, D> operator-(const Tensor<T, D>& a, const Tensor<T, D>& b) { return subtract(a, b); }
template <class T, class D>
Tensor<T, D> operator*(const Tensor<T, D>& a, const Tensor<T, D>& b) { return multiply(a, b); }
template <class T, class D>
Tensor<T, D> operator/(const Tensor<T, D>& a, const Tensor<T, D>& b) { return divide(a, b); }
template <class T, class D>
Tensor<T, D> operator+(const Tensor<T, D>& x, double s) { return add(x, s); }
template <class T, class D>
Tensor<T, D> operator+(double s, const Tensor<T, D>& x) { return add(x, s); }
template <class T, class D>
Tensor<T, D> operator-(const Tensor<T, D>& x, double s) { return add(x, -s); }
template <class T, class D>
Tensor<T, D> operator-(double s, const Tensor<T, D>& x) { return detail::affine("subtract", x, -1, s); }
template <class T, class D>
Tensor<T, D> operator-(const Tensor<T, D>& x) { return detail::affine("negate", x, -1, 0); }
template <class T, class D>
Tensor<T, D> operator*(const Tensor<T, D>& x, double s) { return multiply(x, s); }
template <class T, class D>
Tensor<T, D> operator*(double s, const Tensor<T, D>& x) { return multiply(x, s); }
template <class T, class D>
Tensor<T, D> operator/(const Tensor<T, D>& x, double s) { return divide(x, s); }
template <class T, class D>
Tensor<T, D> operator/(double s, const Tensor<T, D>& x) { return divide(s, x); }

}  // namespace hadal
