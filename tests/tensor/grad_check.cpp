// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

namespace {
/// y = x^3 with a gradient that is `wrong` times too large.
Tensor<double> cube(const Tensor<double>& x, double wrong) {
  auto y = Tensor<double>::empty(x.shape());
  for (std::int64_t i = 0; i < x.size(); ++i) y.data()[i] = x.data()[i] * x.data()[i] * x.data()[i];
  record("cube", y, inputs(x), saved(keep("x", x)), [wrong](const auto& dy, auto& dx, const auto& x) {
    auto g = Tensor<double>::empty(x.shape());
    for (std::int64_t i = 0; i < x.size(); ++i) g.data()[i] = wrong * 3 * x.data()[i] * x.data()[i] * dy.data()[i];
    dx.accumulate(g);
  });
  return y;
}
}  // namespace

TEST_CASE("grad check: right gradients are close, wrong ones are as far off as they are wrong") {
  auto x = Tensor<double>::normal({7}, Key{1}).set_requires_grad();
  const auto before = x.to_vector();
  CHECK(grad_error([&] { return cube(x, 1); }, std::vector{x}) < 1e-8);
  CHECK(grad_error([&] { return cube(x, 1); }, std::vector{x}, Difference::richardson) < 1e-11);
  CHECK(grad_error([&] { return cube(x, 1.001); }, std::vector{x}) == doctest::Approx(0.001).epsilon(1e-3));
  CHECK(std::isnan(grad_error([&] { return cube(x, std::nan("")); }, std::vector{x})));
  CHECK(x.to_vector() == before);
}

TEST_CASE("grad check: leaves must require grad beforehand") {
  const auto x = Tensor<double>::normal({3}, Key{1});
  CHECK_THROWS_AS(grad_error([&] { return x; }, std::vector{x}), GradError);
}
