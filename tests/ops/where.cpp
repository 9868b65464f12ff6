// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/where.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <limits>
#include <vector>

using namespace hadal;

namespace {
Tensor<bool> mask() { return Tensor<bool>::from({true, false, false, true, false, true}, {2, 3}); }
}  // namespace

TEST_CASE("where: values, also beside infinities, and gradients") {
  const float inf = std::numeric_limits<float>::infinity();
  const auto a = Tensor<float>::from({1, 2, 3}, {3}), b = Tensor<float>::from({-inf}, {1});
  CHECK(where(mask(), a, b).to_vector() == std::vector<float>{1, -inf, -inf, 1, -inf, 3});
  auto x = Tensor<double>::normal({4, 2, 3}, Key{1}).set_requires_grad();
  auto y = Tensor<double>::normal({4, 1, 1}, Key{2}).set_requires_grad();
  CHECK(grad_error([&] { return where(mask(), x, y); }, std::vector{x, y}) < 1e-6);
  CHECK(grad_error([&] { return where(mask(), y, x); }, std::vector{x, y}) < 1e-6);
  auto z = Tensor<double>::normal({3, 2}, Key{3}).set_requires_grad();
  CHECK(grad_error([&] { return where(mask().transpose(), z, z); }, std::vector{z}) < 1e-6);
}

TEST_CASE("masked_fill: values and gradients") {
  const float inf = std::numeric_limits<float>::infinity();
  const auto a = Tensor<float>::from({1, 2, 3, 4, 5, 6}, {2, 3});
  CHECK(masked_fill(a, mask(), -inf).to_vector() == std::vector<float>{-inf, 2, 3, -inf, 5, -inf});
  auto x = Tensor<double>::normal({3}, Key{4}).set_requires_grad();
  CHECK(grad_error([&] { return masked_fill(x, mask(), 2.5); }, std::vector{x}) < 1e-6);
}

TEST_CASE("where: errors name the shapes") {
  const auto a = Tensor<float>::ones({4});
  CHECK_THROWS_WITH_AS(where(mask(), a, a), "where: shapes (4) and (2, 3) do not broadcast", ShapeError);
  CHECK_THROWS_AS(masked_fill(a, mask(), 0), ShapeError);
}
