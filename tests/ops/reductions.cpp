// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/reductions.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace hadal;

TEST_CASE("sum and mean: shapes and values") {
  const auto x = Tensor<float>::from({1, 2, 3, 4, 5, 6}, {2, 3, 1});
  using Values = std::vector<float>;
  CHECK(sum(x).shape() == Shape{});
  CHECK(sum(x).item() == 21);
  CHECK(sum(x, 1).shape() == Shape{2, 1});
  CHECK(sum(x, 1).to_vector() == Values{6, 15});
  CHECK(sum(x, 0, true).shape() == Shape{1, 3, 1});
  CHECK(mean(x, {0, -1}).to_vector() == Values{2.5f, 3.5f, 4.5f});
  CHECK(mean(x, {0, 1}, true).shape() == Shape{1, 1, 1});
  CHECK(mean(x).item() == 3.5f);
  CHECK(variance(x, 1).to_vector()[0] == doctest::Approx(2.0 / 3));
  CHECK(sum(Tensor<float>::ones({0, 3}), 0).to_vector() == Values{0, 0, 0});
  CHECK(sum(Tensor<std::int32_t>::arange(5)).item() == 10);
  const auto count = sum(Tensor<bool>::from({true, false, true}, {3}));
  static_assert(std::is_same_v<decltype(count), const Tensor<std::int64_t>>);
  CHECK(count.item() == 2);
}

TEST_CASE("sum, mean, variance, norm: gradients") {
  for (const Shape& shape : {Shape{3, 5}, Shape{1, 1}, Shape{2, 3, 7}}) {
    CAPTURE(join(shape));
    auto x = Tensor<double>::normal(shape, Key{1}).set_requires_grad();
    for (auto method : {Difference::central, Difference::richardson}) {
      const double bound = method == Difference::central ? 1e-6 : 1e-9;
      CHECK(grad_error([&] { return sum(x * x); }, std::vector{x}, method) < bound);
      CHECK(grad_error([&] { return sum(x * x, -1, true) * mean(x, 0); }, std::vector{x}, method) < bound);
      CHECK(grad_error([&] { return mean(x.transpose() * x.transpose(), {0, 1}); }, std::vector{x}, method) < bound);
      CHECK(grad_error([&] { return norm(x); }, std::vector{x}, method) < bound);
    }
  }
  auto x = Tensor<double>::normal({4, 5}, Key{2}).set_requires_grad();
  CHECK(grad_error([&] { return variance(x.slice(0, 1, 3), 0); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return norm(x.slice(1, 0, 5, 2)); }, std::vector{x}) < 1e-6);
}

TEST_CASE("norm: value, and no gradient at the origin") {
  CHECK(norm(Tensor<bf16>::full({100}, 3)).item() == 30.0f);
  auto x = Tensor<float>::zeros({3}).set_requires_grad();
  norm(x).backward();
  CHECK(x.grad().to_vector() == std::vector<float>{0, 0, 0});
}

TEST_CASE("amax, amin, argmax: values and gradients") {
  auto x = Tensor<double>::normal({3, 4, 2}, Key{3}).set_requires_grad();
  for (int axis : {0, 1, 2}) {
    CAPTURE(axis);
    CHECK(grad_error([&] { return amax(x, axis) * amin(x, axis); }, std::vector{x}) < 1e-6);
    CHECK(grad_error([&] { return amin(x.transpose(0, 2), axis, true); }, std::vector{x}) < 1e-6);
    CHECK(gather(x, argmax(x, axis, true), axis).to_vector() == amax(x, axis).to_vector());
  }
  auto equal = Tensor<float>::from({1, 3, 3, 2, 2, 0}, {2, 3}).set_requires_grad();
  CHECK(argmax(equal, -1).to_vector() == std::vector<std::int32_t>{1, 0});
  const auto y = amax(equal, -1);
  CHECK(y.to_vector() == std::vector<float>{3, 2});
  y.backward(Tensor<float>::ones({2}));
  CHECK(equal.grad().to_vector() == std::vector<float>{0, 1, 0, 1, 0, 0});
  CHECK(amax(Tensor<std::int32_t>::arange(4), 0).item() == 3);
}

TEST_CASE("reductions: errors") {
  const auto x = Tensor<float>::ones({2, 0});
  CHECK_THROWS_WITH_AS(sum(x, 2), "sum: axis 2 is out of range for rank 2", IndexError);
  CHECK_THROWS_WITH_AS(sum(x, {0, -2}), "sum: axis -2 is named twice", ValueError);
  CHECK_THROWS_WITH_AS(mean(x), "mean: there are no elements along the axes of (2, 0)", ShapeError);
  CHECK_THROWS_WITH_AS(amax(x, 1), "amax: axis 1 of (2, 0) has no elements", ShapeError);
}
