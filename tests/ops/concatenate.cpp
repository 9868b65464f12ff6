// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/concatenate.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <vector>

using namespace hadal;

TEST_CASE("concatenate and stack: values and gradients") {
  const auto a = Tensor<float>::from({1, 2}, {1, 2}), b = Tensor<float>::from({3, 4, 5, 6}, {2, 2});
  CHECK(concatenate<float, Cpu>({a, b}).to_vector() == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(concatenate<float, Cpu>({b, b.transpose()}, 1).to_vector() == std::vector<float>{3, 4, 3, 5, 5, 6, 4, 6});
  CHECK(stack<float, Cpu>({b, b}, -1).to_vector() == std::vector<float>{3, 3, 4, 4, 5, 5, 6, 6});
  CHECK(stack<float, Cpu>({a, a, a}).shape() == Shape{3, 1, 2});

  auto x = Tensor<double>::normal({3, 2}, Key{1}).set_requires_grad();
  auto y = Tensor<double>::normal({1, 2}, Key{2}).set_requires_grad();
  const auto joined = [&] { return concatenate<double, Cpu>({x, y, x, y.expand({4, 2})}); };
  CHECK(grad_error(joined, std::vector{x, y}) < 1e-6);
  CHECK(grad_error(
            [&] {
              return concatenate<double, Cpu>({x.transpose(), x.transpose()}, -1);
            },
            std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return stack<double, Cpu>({x, x.slice(0, 0, 3)}, 1); }, std::vector{x}) < 1e-6);
}

TEST_CASE("split: pieces share the elements, and gradients meet again") {
  auto x = Tensor<double>::normal({2, 7}, Key{3}).set_requires_grad();
  const auto parts = split(x, {3, 0, 4}, 1);
  REQUIRE(parts.size() == 3);
  CHECK(parts[1].shape() == Shape{2, 0});
  CHECK(parts[2].storage() == x.storage());
  CHECK(parts[2].at({1, 0}) == x.at({1, 3}));
  const auto swapped = [&] {
    const auto p = split(x, {2, 5}, -1);
    return concatenate<double, Cpu>({p[1], p[0]}, 1);
  };
  CHECK(grad_error(swapped, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return split(x, {2, 5}, 1)[0]; }, std::vector{x}) < 1e-6);
  // On top of a gradient that is there, from pieces of which one is used twice and one not at all.
  const auto mixed = [&] {
    const auto p = split(x * 2.0, {2, 3, 2}, 1);
    return p[0] * p[2] + x.slice(1, 1, 3) + p[0];
  };
  CHECK(grad_error(mixed, std::vector{x}) < 1e-6);
  const auto added = [&] {
    const auto y = x * 2.0;
    const auto p = split(y, {2, 3, 2}, 1);
    return concatenate<double, Cpu>({p[0] * p[2], p[1], y}, 1);
  };
  CHECK(grad_error(added, std::vector{x}) < 1e-6);
}

TEST_CASE("repeat: copies one after the other") {
  auto x = Tensor<double>::from({1, 2, 3, 4}, {2, 2}).set_requires_grad();
  CHECK(repeat(x, 2).to_vector() == std::vector<double>{1, 2, 3, 4, 1, 2, 3, 4});
  CHECK(repeat(x, 2, 1).to_vector() == std::vector<double>{1, 2, 1, 2, 3, 4, 3, 4});
  CHECK(grad_error([&] { return repeat(x, 3, -1); }, std::vector{x}) < 1e-6);
}

TEST_CASE("concatenate: errors") {
  const auto a = Tensor<float>::ones({2, 3}), b = Tensor<float>::ones({2, 4});
  CHECK_THROWS_WITH_AS((concatenate<float, Cpu>({a, b})),
                       "concatenate: shapes must agree but for axis 0, got (2, 3) and (2, 4)", ShapeError);
  CHECK_THROWS_AS((concatenate<float, Cpu>({a, Tensor<float>::ones({2})}, 1)), ShapeError);
  CHECK_THROWS_WITH_AS((concatenate<float, Cpu>({})), "concatenate: there are no tensors", ValueError);
  CHECK_THROWS_WITH_AS((stack<float, Cpu>({a, b})), "stack: shapes must agree, got (2, 3) and (2, 4)", ShapeError);
  CHECK_THROWS_WITH_AS((stack<float, Cpu>({})), "stack: there are no tensors", ValueError);
  CHECK_THROWS_WITH_AS(split(a, {1, 1}, 1), "split: the sizes must add to 3, axis 1 of (2, 3), got 2", ShapeError);
  CHECK_THROWS_WITH_AS(split(a, {4, -1}, 1), "split: sizes must not be negative, got -1", ShapeError);
  CHECK_THROWS_WITH_AS(repeat(a, 0), "repeat: the count must be at least 1, got 0", ValueError);
}
