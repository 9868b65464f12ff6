// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/gather.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <vector>

using namespace hadal;
using Index = Tensor<std::int32_t>;

TEST_CASE("gather: values and gradients along any axis") {
  auto x = Tensor<double>::normal({2, 3, 5}, Key{1}).set_requires_grad();
  const auto last = Index::from({4, 4, 0, 1, 2, 3, 0, 0, 1, 4, 2, 2}, {2, 3, 2});
  const auto y = gather(x, last);
  CHECK(y.shape() == Shape{2, 3, 2});
  CHECK(y.at({1, 2, 0}) == x.at({1, 2, 2}));
  CHECK(y.at({0, 0, 1}) == x.at({0, 0, 4}));
  CHECK(grad_error([&] { return gather(x, last); }, std::vector{x}) < 1e-6);
  const auto first = Index::from({1, 0, 1, 1, 0, 1}, {3, 1, 2}).transpose(0, 2).expand({2, 1, 3});
  auto t = Tensor<double>::normal({3, 1, 2}, Key{2}).set_requires_grad();
  CHECK(gather(t.transpose(0, 2), first, 0).at({1, 0, 2}) == t.at({2, 0, 1}));
  CHECK(grad_error([&] { return gather(t.transpose(0, 2), first, 0); }, std::vector{t}) < 1e-6);
}

TEST_CASE("scatter_add: values and gradients") {
  auto x = Tensor<double>::normal({3, 4}, Key{3}).set_requires_grad();
  auto s = Tensor<double>::normal({3, 5}, Key{4}).set_requires_grad();
  const auto at = Index::from({0, 1, 2, 3, 3, 1, 1, 1, 1, 1, 3, 2, 1, 0, 0}, {3, 5});
  const auto y = scatter_add(x, at, s);
  CHECK(y.at({0, 3}) == doctest::Approx(x.at({0, 3}) + s.at({0, 3}) + s.at({0, 4})));
  CHECK(y.at({1, 0}) == x.at({1, 0}));
  CHECK(grad_error([&] { return scatter_add(x, at, s); }, std::vector{x, s}) < 1e-6);
  auto v = Tensor<double>::normal({4}, Key{5}).set_requires_grad();
  CHECK(grad_error([&] { return scatter_add(v, Index::from({1, 1, 3, 0}, {4}), v, 0); }, std::vector{v}) < 1e-6);
}

TEST_CASE("gather: many bf16 gradients of one element add in float") {
  auto x = Tensor<bf16>::ones({1, 2}).set_requires_grad();
  gather(x, Index::zeros({1, 1000})).backward(Tensor<bf16>::ones({1, 1000}));
  CHECK(x.grad().to_vector() == std::vector<float>{1000, 0});
}

TEST_CASE("gather: errors") {
  const auto x = Tensor<float>::ones({2, 3});
  CHECK_THROWS_WITH_AS(gather(x, Index::zeros({3, 1})),
                       "gather: index must have the shape of x (2, 3) but for axis 1, got (3, 1)", ShapeError);
  CHECK_THROWS_WITH_AS(gather(x, Index::full({2, 1}, 3)),
                       "gather: index 3 at position 0 is out of range for 3 elements along the axis", IndexError);
  CHECK_THROWS_AS(gather(x, Index::zeros({2, 1}), 2), IndexError);
  CHECK_THROWS_WITH_AS(scatter_add(x, Index::zeros({2, 2}), x),
                       "scatter_add: source must have the shape of index (2, 2), got (2, 3)", ShapeError);
  CHECK_THROWS_AS(scatter_add(x, Index::full({2, 3}, -1), x), IndexError);
}
