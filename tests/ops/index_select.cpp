// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/index_select.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <vector>

using namespace hadal;
using Index = Tensor<std::int32_t>;

TEST_CASE("index_select: values and gradients along any axis") {
  auto x = Tensor<double>::normal({3, 4, 2}, Key{1}).set_requires_grad();
  for (int axis : {0, 1, -1}) {
    CAPTURE(axis);
    const auto at = Index::from({1, 0, 1, 1}, {4});
    const auto y = index_select(x, axis, at);
    const auto last = y.select(axis, 3).to_vector(), expected = x.select(axis, 1).to_vector();
    CHECK(y.shape(axis) == 4);
    CHECK(last == expected);
    CHECK(grad_error([&] { return index_select(x, axis, at); }, std::vector{x}) < 1e-6);
    CHECK(grad_error([&] { return index_select(x.transpose().slice(0, 1, 3), axis, at); }, std::vector{x}) < 1e-6);
  }
  CHECK(index_select(x, 0, Index::zeros({0})).shape() == Shape{0, 4, 2});
}

TEST_CASE("index_select: errors") {
  const auto x = Tensor<float>::ones({2, 3});
  CHECK_THROWS_WITH_AS(index_select(x, 0, Index::zeros({1, 1})), "index_select: index must have one axis, got (1, 1)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(index_select(x, 0, Index::from({0, 2}, {2})),
                       "index_select: index 2 at position 1 is out of range for 2 elements along the axis", IndexError);
  CHECK_THROWS_AS(index_select(x, 2, Index::zeros({1})), IndexError);
}
