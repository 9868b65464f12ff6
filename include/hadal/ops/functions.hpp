// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/functions.hpp>
#include <hadal/tensor/views.hpp>

#include <cmath>

namespace hadal {

// Functions of one number, element by element: y (...) = f(x (...)). Each is an object with a value and a derivative;
// the derivative takes f's argument, or its result where `of_result` says that is enough, and so what is kept for the
// backward. M holds the functions of one number of the device that runs them; V is a number or a vector of them.

namespace functions {

/// The type of the numbers in V.
template <class V>
struct NumberOf {
  using type = V;
};
template <class V>
  requires requires(V v) { v[0]; }
struct NumberOf<V> {
  using type = std::remove_cvref_t<decltype(std::declval<V>()[0])>;
};
template <class V>
using Number = typename NumberOf<V>::type;

struct Exp {
  static constexpr const char* name = "exp";
  static constexpr bool of_result = true;
  template <class M, class V> HADAL_HD V value(M, V x) const { return M::exp(x); }
  template <class M, class V> HADAL_HD V derivative(M, V y) const { return y; }
};
struct Log {
  static constexpr const char* name = "log";
  static constexpr bool of_result = false;
  template <class M, class V> HADAL_HD V value(M, V x) const { return M::log(x); }
  template <class M, class V> HADAL_HD V derivative(M, V x) const { return (V{} + 1) / x; }
};
struct Sqrt {
  static constexpr const char* name = "sqrt";
  static constexpr bool of_result = true;
  template <class M, class V> HADAL_HD V value(M, V x) const { return M::sqrt(x); }
  template <class M, class V> HADAL_HD V derivative(M, V y) const { return (V{} + 1) / (y + y); }
};
struct Rsqrt {
  static constexpr const char* name = "rsqrt";
  static constexpr bool of_result = true;
  template <class M, class V> HADAL_HD V value(M, V x) const { return (V{} + 1) / M::sqrt(x); }
  template <class M, class V> HADAL_HD V derivative(M, V y) const { return y * y * y * Number<V>(-0.5); }
};
struct Square {
  static constexpr const char* name = "square";
  static constexpr bool of_result = false;
  template <class M, class V> HADAL_HD V value(M, V x) const { return x * x; }
  template <class M, class V> HADAL_HD V derivative(M, V x) const { return x + x; }
};
struct Abs {
  static constexpr const char* name = "abs";
  static constexpr bool of_result = false;
  template <class M, class V> HADAL_HD V value(M, V x) const { return x < 0 ? -x : x + 0; }
  template <class M, class V> HADAL_HD V derivative(M, V x) const { return x < 0 ? V{} - 1 : x > 0 ? V{} + 1 : V{}; }
};
struct Pow {
  static constexpr const char* name = "pow";
  static constexpr bool of_result = false;
  double exponent;
  template <class M, class V> HADAL_HD V value(M, V x) const { return M::pow(x, Number<V>(exponent)); }
  template <class M, class V> HADAL_HD V derivative(M, V x) const {
    return exponent == 0 ? V{} : M::pow(x, Number<V>(exponent - 1)) * Number<V>(exponent);
  }
};
struct Sin {
  static constexpr const char* name = "sin";
  static constexpr bool of_result = false;
  template <class M, class V> HADAL_HD V value(M, V x) const { return M::sin(x); }
  template <class M, class V> HADAL_HD V derivative(M, V x) const { return M::cos(x); }
};
struct Cos {
  static constexpr const char* name = "cos";
  static constexpr bool of_result = false;
  template <class M, class V> HADAL_HD V value(M, V x) const { return M::cos(x); }
  template <class M, class V> HADAL_HD V derivative(M, V x) const { return -M::sin(x); }
};
struct Tanh {
  static constexpr const char* name = "tanh";
  static constexpr bool of_result = true;
  template <class M, class V> HADAL_HD V value(M, V x) const { return M::tanh(x); }
  template <class M, class V> HADAL_HD V derivative(M, V y) const { return (V{} + 1) - y * y; }
};
struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  static constexpr bool of_result = true;
  template <class M, class V> HADAL_HD V value(M, V x) const { return (V{} + 1) / (M::exp(-x) + 1); }
  template <class M, class V> HADAL_HD V derivative(M, V y) const { return y * ((V{} + 1) - y); }
};
struct Relu {
  static constexpr const char* name = "relu";
  static constexpr bool of_result = true;
  template <class M, class V> HADAL_HD V value(M, V x) const { return x < 0 ? V{} : x; }
  template <class M, class V> HADAL_HD V derivative(M, V y) const { return y > 0 ? V{} + 1 : V{}; }
};
struct Silu {
  static constexpr const char* name = "silu";
  static constexpr bool of_result = false;
  template <class M, class V> HADAL_HD V value(M m, V x) const { return x * Sigmoid{}.value(m, x); }
  template <class M, class V> HADAL_HD V derivative(M m, V x) const {
    const V s = Sigmoid{}.value(m, x);
    return s + x * s * ((V{} + 1) - s);
  }
};
struct Gelu {
  static constexpr const char* name = "gelu";
  static constexpr bool of_result = false;
  template <class M, class V> HADAL_HD static V normal_below(M, V x) {
    return (M::erf(x * Number<V>(0.70710678118654752440)) + 1) * Number<V>(0.5);
  }
  template <class M, class V> HADAL_HD V value(M m, V x) const { return x * normal_below(m, x); }
  template <class M, class V> HADAL_HD V derivative(M m, V x) const {
    return normal_below(m, x) + x * M::exp(x * x * Number<V>(-0.5)) * Number<V>(0.39894228040143267794);
  }
};
struct GeluTanh {
  static constexpr const char* name = "gelu_tanh";
  static constexpr bool of_result = false;
  static constexpr double slope = 0.79788456080286535588, cubic = 0.044715;  // sqrt(2 / pi)
  template <class M, class V> HADAL_HD static V inner(M, V x) {
    return M::tanh(x * (x * x * Number<V>(slope * cubic) + Number<V>(slope)));
  }
  template <class M, class V> HADAL_HD V value(M m, V x) const { return x * (inner(m, x) + 1) * Number<V>(0.5); }
  template <class M, class V> HADAL_HD V derivative(M m, V x) const {
    const V t = inner(m, x), du = x * x * Number<V>(3 * slope * cubic) + Number<V>(slope);
    return ((t + 1) + x * ((V{} + 1) - t * t) * du) * Number<V>(0.5);
  }
};
struct Softplus {
  static constexpr const char* name = "softplus";
  static constexpr bool of_result = false;
  template <class M, class V> HADAL_HD V value(M, V x) const {
    const V positive = x > 0 ? x : V{}, distance = x > 0 ? -x : x;
    return positive + M::log1p(M::exp(distance));
  }
  template <class M, class V> HADAL_HD V derivative(M m, V x) const { return Sigmoid{}.value(m, x); }
};
struct Clamp {
  static constexpr const char* name = "clamp";
  static constexpr bool of_result = false;
  double low, high;
  template <class M, class V> HADAL_HD V value(M, V x) const {
    const V a = V{} + Number<V>(low), b = V{} + Number<V>(high);
    return x < a ? a : x > b ? b : x;
  }
  template <class M, class V> HADAL_HD V derivative(M, V x) const {
    return ((x < Number<V>(low)) | (x > Number<V>(high))) ? V{} : V{} + 1;
  }
};

}  // namespace functions

/// y = f(x) for a function object as above: how every function below is made, and how to add one's own.
template <class F, class T, class D>
Tensor<T, D> apply_function(const F& f, const Tensor<T, D>& x) {
  static_assert(is_real<T>, "functions need float, double, bf16 or half elements");
  auto y = Tensor<T, D>::empty(x.shape());
  {
    trace::Scope scope(F::name, static_cast<double>(y.size()), 2.0 * static_cast<double>(y.bytes()));
    function_forward(D{}, f, y.out(), x.strided_view());
  }
  const Tensor<T, D>& kept = F::of_result ? y : x;
  record(F::name, y, inputs(x), saved(keep(F::of_result ? "y" : "x", kept)),
         [f](const auto& dy, auto& dx, const auto& kept) {
           trace::Scope scope(F::name, 2.0 * static_cast<double>(dy.size()), 3.0 * static_cast<double>(dy.bytes()));
           function_backward(D{}, f, dx.view(), dy.strided_view(), kept.strided_view());
         });
  return y;
}

template <class T, class D>
Tensor<T, D> exp(const Tensor<T, D>& x) { return apply_function(functions::Exp{}, x); }
template <class T, class D>
Tensor<T, D> log(const Tensor<T, D>& x) { return apply_function(functions::Log{}, x); }
template <class T, class D>
Tensor<T, D> sqrt(const Tensor<T, D>& x) { return apply_function(functions::Sqrt{}, x); }
/// 1 / sqrt(x)
template <class T, class D>
Tensor<T, D> rsqrt(const Tensor<T, D>& x) { return apply_function(functions::Rsqrt{}, x); }
template <class T, class D>
Tensor<T, D> square(const Tensor<T, D>& x) { return apply_function(functions::Square{}, x); }
/// |x|, with derivative 0 at 0
template <class T, class D>
Tensor<T, D> abs(const Tensor<T, D>& x) { return apply_function(functions::Abs{}, x); }
template <class T, class D>
Tensor<T, D> pow(const Tensor<T, D>& x, double exponent) { return apply_function(functions::Pow{exponent}, x); }
template <class T, class D>
Tensor<T, D> sin(const Tensor<T, D>& x) { return apply_function(functions::Sin{}, x); }
template <class T, class D>
Tensor<T, D> cos(const Tensor<T, D>& x) { return apply_function(functions::Cos{}, x); }
template <class T, class D>
Tensor<T, D> tanh(const Tensor<T, D>& x) { return apply_function(functions::Tanh{}, x); }
/// 1 / (1 + exp(-x))
template <class T, class D>
Tensor<T, D> sigmoid(const Tensor<T, D>& x) { return apply_function(functions::Sigmoid{}, x); }
/// max(x, 0), with derivative 0 at 0
template <class T, class D>
Tensor<T, D> relu(const Tensor<T, D>& x) { return apply_function(functions::Relu{}, x); }
/// x sigmoid(x). Source: Hendrycks & Gimpel 2016; Elfwing et al. 2017.
template <class T, class D>
Tensor<T, D> silu(const Tensor<T, D>& x) { return apply_function(functions::Silu{}, x); }
/// x P(N < x) = x (1 + erf(x / sqrt(2))) / 2. Source: Hendrycks & Gimpel 2016.
template <class T, class D>
Tensor<T, D> gelu(const Tensor<T, D>& x) { return apply_function(functions::Gelu{}, x); }
/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, GPT-2's form of gelu
template <class T, class D>
Tensor<T, D> gelu_tanh(const Tensor<T, D>& x) { return apply_function(functions::GeluTanh{}, x); }
/// log(1 + exp(x))
template <class T, class D>
Tensor<T, D> softplus(const Tensor<T, D>& x) { return apply_function(functions::Softplus{}, x); }
/// x held between low and high; derivative 1 there, both ends included, and 0 outside. ValueError unless low <= high.
template <class T, class D>
Tensor<T, D> clamp(const Tensor<T, D>& x, double low, double high) {
  HADAL_CHECK(low <= high, ValueError, "clamp: low must not be above high, got ", low, " and ", high);
  return apply_function(functions::Clamp{low, high}, x);
}

}  // namespace hadal
