// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/ops/top_k.hpp>

#include <hadal/tensor/grad_check.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace top_k_test {
using namespace hadal;
using Indices = std::vector<std::int32_t>;

TEST_CASE("values come in descending order with their places") {
  const auto x = Tensor<float>::from({1, 3, 2, 3, /**/ -1, -5, 0, -2}, {2, 4});
  const auto top = top_k(x, 3);
  CHECK(top.indices.to_vector() == Indices{1, 3, 2, 2, 0, 3});
  CHECK(top.values.to_vector() == std::vector<float>{3, 3, 2, 0, -1, -2});
  CHECK(top_k(x.transpose(), 1).indices.to_vector() == Indices{0, 0, 0, 0});
  CHECK(top_k(x.slice(1, 1, 4, 2), 2).indices.to_vector() == Indices{0, 1, 1, 0});
  CHECK(top_k(x.reshape({2, 2, 2}), 1).values.shape() == Shape{2, 2, 1});
  CHECK(top_k(x.select(0, 1), 4).indices.to_vector() == Indices{2, 0, 3, 1});
}

TEST_CASE("gradients reach the chosen entries") {
  for (const Shape& shape : {Shape{1}, Shape{5, 3}, Shape{2, 3, 7}}) {
    auto x = Tensor<double>::normal(shape, Key{1}).set_requires_grad();
    CHECK(grad_error([&] { return top_k(x, (shape[-1] + 1) / 2).values; }, std::vector{x}) < 1e-6);
    if (shape.rank > 1) CHECK(grad_error([&] { return top_k(x.transpose(), 1).values; }, std::vector{x}) < 1e-6);
  }
}

TEST_CASE("a k that does not fit is an error") {
  const auto x = Tensor<float>::ones({2, 3});
  CHECK_THROWS_WITH_AS(top_k(x, 4), "top_k: k must be in 1..3 for scores (2, 3), got 4", ValueError);
  CHECK_THROWS_AS(top_k(x, 0), ValueError);
  CHECK_THROWS_AS(top_k(Tensor<float>::ones({}), 1), ShapeError);
}

}  // namespace top_k_test
