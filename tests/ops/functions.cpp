// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/functions.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace hadal;

namespace {

/// Checks f against a scalar function in double and in float, and its gradient, on arguments in low .. high.
template <class F, class R>
void check(const char* name, const F& f, const R& reference, double low, double high) {
  CAPTURE(name);
  auto x = Tensor<double>::uniform({3, 7}, Key{5}, low, high).set_requires_grad();
  const auto y = f(x).to_vector(), xs = x.to_vector();
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(reference(xs[i])).epsilon(1e-14));
  CHECK(grad_error([&] { return f(x); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return f(x); }, std::vector{x}, Difference::richardson) < 1e-9);

  auto x32 = Tensor<float>::uniform({101}, Key{6}, low, high);
  const auto y32 = f(x32).to_vector(), xs32 = x32.to_vector();
  for (std::size_t i = 0; i < y32.size(); ++i) {
    const double expected = reference(static_cast<double>(xs32[i]));
    CHECK(std::abs(y32[i] - expected) <= 8 * 0x1p-24 * std::max(1.0, std::abs(expected)));
  }
}

}  // namespace

TEST_CASE("functions: values and gradients") {
  const auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  check("exp", [](const auto& x) { return exp(x); }, [](double x) { return std::exp(x); }, -3, 3);
  check("log", [](const auto& x) { return log(x); }, [](double x) { return std::log(x); }, 0.2, 5);
  check("sqrt", [](const auto& x) { return sqrt(x); }, [](double x) { return std::sqrt(x); }, 0.2, 5);
  check("rsqrt", [](const auto& x) { return rsqrt(x); }, [](double x) { return 1 / std::sqrt(x); }, 0.2, 5);
  check("square", [](const auto& x) { return square(x); }, [](double x) { return x * x; }, -3, 3);
  check("abs", [](const auto& x) { return abs(x); }, [](double x) { return std::abs(x); }, -3, -0.2);
  check("pow", [](const auto& x) { return pow(x, 2.5); }, [](double x) { return std::pow(x, 2.5); }, 0.2, 3);
  check("sin", [](const auto& x) { return sin(x); }, [](double x) { return std::sin(x); }, -3, 3);
  check("cos", [](const auto& x) { return cos(x); }, [](double x) { return std::cos(x); }, -3, 3);
  check("tanh", [](const auto& x) { return tanh(x); }, [](double x) { return std::tanh(x); }, -3, 3);
  check("sigmoid", [](const auto& x) { return sigmoid(x); }, logistic, -4, 4);
  check("silu", [](const auto& x) { return silu(x); }, [&](double x) { return x * logistic(x); }, -4, 4);
  check("gelu", [](const auto& x) { return gelu(x); },
        [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }, -2, 4);
  check("gelu_tanh", [](const auto& x) { return gelu_tanh(x); },
        [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x))); },
        -2, 4);
  check("softplus", [](const auto& x) { return softplus(x); }, [](double x) { return std::log1p(std::exp(x)); }, -4, 4);
  check("clamp", [](const auto& x) { return clamp(x, -1, 1); }, [](double x) { return x; }, -0.9, 0.9);
}

TEST_CASE("functions: kinks, ends and special numbers") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  auto x = Tensor<float>::from({-2, 0, 2}, {3}).set_requires_grad();
  const auto gradient = [&](const Tensor<float>& y) {
    x.zero_grad();
    y.backward(Tensor<float>::ones({3}));
    return x.grad().to_vector();
  };
  using Values = std::vector<float>;
  CHECK(relu(x).to_vector() == Values{0, 0, 2});
  CHECK(gradient(relu(x)) == Values{0, 0, 1});
  CHECK(abs(x).to_vector() == Values{2, 0, 2});
  CHECK(gradient(abs(x)) == Values{-1, 0, 1});
  CHECK(clamp(x, -1, 2).to_vector() == Values{-1, 0, 2});
  CHECK(gradient(clamp(x, -1, 2)) == Values{0, 1, 1});
  CHECK(gradient(pow(x, 0)) == Values{0, 0, 0});
  CHECK(gradient(pow(x, 2)) == Values{-4, 0, 4});

  const auto wild = Tensor<float>::from({100, -200, inf, -inf, nan}, {5});
  const auto e = exp(wild).to_vector(), s = sigmoid(wild).to_vector(), p = softplus(wild).to_vector();
  CHECK(e[0] == inf);
  CHECK(e[1] == 0);
  CHECK(e[2] == inf);
  CHECK(e[3] == 0);
  CHECK(std::isnan(e[4]));
  CHECK(Values(s.begin(), s.begin() + 4) == Values{1, 0, 1, 0});
  CHECK(std::isnan(s[4]));
  CHECK(p[0] == 100);
  CHECK(p[1] == 0);
  CHECK(std::isnan(tanh(wild).to_vector()[4]));
  CHECK(std::isnan(relu(wild).to_vector()[4]));
}

TEST_CASE("functions: strided views, scalars, empty tensors and half widths") {
  auto x = Tensor<double>::uniform({4, 5}, Key{1}, 0.5, 2).set_requires_grad();
  CHECK(grad_error([&] { return log(x.transpose().slice(0, 0, 5, 2)); }, std::vector{x}) < 1e-6);
  auto one = Tensor<double>::full({}, 0.3).set_requires_grad();
  CHECK(grad_error([&] { return exp(one); }, std::vector{one}) < 1e-6);
  CHECK(exp(Tensor<float>::ones({0, 3})).shape() == Shape{0, 3});
  const auto wide = Tensor<float>::normal({50}, Key{2});
  std::vector<bf16> narrow;
  for (float v : wide.to_vector()) narrow.push_back(bf16(v));
  const auto h = Tensor<bf16>::from(narrow);
  const auto y = silu(h).to_vector();
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double v = static_cast<double>(narrow[i]), expected = v / (1 + std::exp(-v));
    CHECK(std::abs(y[i] - expected) <= 0x1.01p-8 * std::abs(expected));
  }
}

TEST_CASE("functions: clamp names its bounds") {
  CHECK_THROWS_WITH_AS(clamp(Tensor<float>::ones({1}), 2, 1), "clamp: low must not be above high, got 2 and 1",
                       ValueError);
}
