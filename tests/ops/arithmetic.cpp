// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/arithmetic.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <limits>
#include <utility>
#include <vector>

using namespace hadal;

namespace {

Tensor<double> leaf(const Shape& shape, std::uint64_t seed) {  // away from zero, for quotients
  return Tensor<double>::uniform(shape, Key{seed}, 0.5, 2).set_requires_grad();
}

}  // namespace

TEST_CASE("arithmetic: values") {
  const auto a = Tensor<float>::from({1, 2, 3, 4, 5, 6}, {2, 3});
  const auto b = Tensor<float>::from({2, 4, 8}, {3});
  using Values = std::vector<float>;
  CHECK((a + b).to_vector() == Values{3, 6, 11, 6, 9, 14});
  CHECK((a - b).to_vector() == Values{-1, -2, -5, 2, 1, -2});
  CHECK((a * b).to_vector() == Values{2, 8, 24, 8, 20, 48});
  CHECK((a / b).to_vector() == Values{0.5f, 0.5f, 0.375f, 2, 1.25f, 0.75f});
  CHECK(maximum(a, b).to_vector() == Values{2, 4, 8, 4, 5, 8});
  CHECK(minimum(a, b).to_vector() == Values{1, 2, 3, 2, 4, 6});
  CHECK((a + 1).to_vector() == Values{2, 3, 4, 5, 6, 7});
  CHECK((1 - b).to_vector() == Values{-1, -3, -7});
  CHECK((b - 1).to_vector() == Values{1, 3, 7});
  CHECK((2 * -b).to_vector() == Values{-4, -8, -16});
  CHECK((0.5 + b * 2).to_vector() == Values{4.5, 8.5, 16.5});
  CHECK((b / 4).to_vector() == Values{0.5f, 1, 2});
  CHECK((8 / b).to_vector() == Values{4, 2, 1});
  CHECK((Tensor<std::int32_t>::arange(3) + Tensor<std::int32_t>::from({5}, {})).to_vector() ==
        std::vector<std::int32_t>{5, 6, 7});
}

TEST_CASE("arithmetic: NaN wins in maximum and minimum") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto a = Tensor<float>::from({nan, 1, 1}, {3}), b = Tensor<float>::from({1, nan, 2}, {3});
  for (const auto& y : {maximum(a, b), minimum(a, b)}) {
    CHECK(y.at({0}) != y.at({0}));
    CHECK(y.at({1}) != y.at({1}));
    CHECK(y.at({2}) == y.at({2}));
  }
}

TEST_CASE("arithmetic: gradients through broadcasts, strides and aliases") {
  const std::pair<Shape, Shape> shapes[] = {
      {{3, 5}, {3, 5}}, {{1, 1}, {}}, {{2, 3, 5}, {5}}, {{2, 1, 5}, {3, 1}}, {{4}, {7, 2, 1}}};
  for (const auto& [left, right] : shapes) {
    CAPTURE(join(left, right));
    auto a = leaf(left, 1), b = leaf(right, 2);
    const auto all = [&] { return a * b + (a - b) / (b * b) - b / a; };
    CHECK(grad_error(all, std::vector{a, b}) < 1e-6);
    CHECK(grad_error(all, std::vector{a, b}, Difference::richardson) < 1e-9);
    CHECK(grad_error([&] { return maximum(a, b) * minimum(a, b * 0.7); }, std::vector{a, b}) < 1e-6);
  }
  auto x = leaf({4, 6}, 3), y = leaf({3, 4}, 4);
  CHECK(grad_error([&] { return x.slice(1, 0, 6, 2) / y.transpose(); }, std::vector{x, y}) < 1e-6);
  CHECK(grad_error([&] { return x * x + x - x / x; }, std::vector{x}) < 1e-6);
}

TEST_CASE("arithmetic: gradients beside numbers") {
  auto x = leaf({3, 7}, 5);
  const auto all = [&] { return 2 * x + 1 - (3 - x / 5) * (7 / x) - (-x - 2); };
  CHECK(grad_error(all, std::vector{x}) < 1e-6);
  CHECK(grad_error(all, std::vector{x}, Difference::richardson) < 1e-9);
}

TEST_CASE("arithmetic: equal operands of maximum share the gradient") {
  auto a = Tensor<double>::ones({2}).set_requires_grad(), b = Tensor<double>::ones({1}).set_requires_grad();
  maximum(a, b).backward(Tensor<double>::ones({2}));
  CHECK(a.grad().to_vector() == std::vector<double>{0.5, 0.5});
  CHECK(b.grad().to_vector() == std::vector<double>{1});
}

TEST_CASE("arithmetic: a bf16 bias collects its gradient in float") {
  auto x = Tensor<bf16>::ones({600, 3}), bias = Tensor<bf16>::ones({3}).set_requires_grad();
  (x * bias).backward(Tensor<bf16>::ones({600, 3}));
  CHECK(bias.grad().dtype() == DType::f32);
  CHECK(bias.grad().to_vector() == std::vector<float>{600, 600, 600});  // bf16 alone would round to 256 or 512
}

TEST_CASE("arithmetic: errors name both shapes") {
  const auto a = Tensor<float>::ones({2, 3}), b = Tensor<float>::ones({4});
  CHECK_THROWS_WITH_AS(a + b, "add: shapes (2, 3) and (4) do not broadcast", ShapeError);
  CHECK_THROWS_WITH_AS(a - b, "subtract: shapes (2, 3) and (4) do not broadcast", ShapeError);
  CHECK_THROWS_WITH_AS(a * b, "multiply: shapes (2, 3) and (4) do not broadcast", ShapeError);
  CHECK_THROWS_AS(minimum(b, a), ShapeError);
}
