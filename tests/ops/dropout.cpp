// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/dropout.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("dropout: gradients in double, of strided inputs too") {
  auto x = Tensor<double>::normal({3, 7}, Key{1}).set_requires_grad();
  CHECK(grad_error([&] { return dropout(x, 0.4, Key{2}); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return dropout(x.transpose(), 0.4, Key{2}); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return dropout(x.slice(1, 1, 4), 0.4, Key{2}); }, std::vector{x}) < 1e-6);
}

TEST_CASE("dropout: the same key drops the same elements, whatever the layout") {
  const auto x = Tensor<float>::normal({6, 9}, Key{3});
  const auto once = dropout(x, 0.5, Key{4}).to_vector();
  CHECK(dropout(x, 0.5, Key{4}).to_vector() == once);
  CHECK(dropout(x.transpose().contiguous().transpose(), 0.5, Key{4}).to_vector() == once);
  CHECK(dropout(x.reshape({54}), 0.5, Key{4}).to_vector() == once);
  CHECK(dropout(x, 0.5, Key{5}).to_vector() != once);
}

TEST_CASE("dropout: p = 0 is the identity") {
  const auto x = Tensor<float>::normal({4}, Key{6});
  CHECK(dropout(x, 0, Key{1}).data() == x.data());
}

TEST_CASE("dropout: p outside 0 .. 1 is an error") {
  const auto x = Tensor<float>::ones({4});
  CHECK_THROWS_WITH_AS(dropout(x, 1, Key{1}), "dropout: p must be at least 0 and below 1, got 1", ValueError);
  CHECK_THROWS_WITH_AS(dropout(x, -0.5, Key{1}), "dropout: p must be at least 0 and below 1, got -0.5", ValueError);
  CHECK_THROWS_AS(dropout(x, std::nan(""), Key{1}), ValueError);
}
