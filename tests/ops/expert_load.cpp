// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/ops/expert_load.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace expert_load_test {
using namespace hadal;
using Counts = std::vector<std::int32_t>;
using Indices = Tensor<std::int32_t>;

TEST_CASE("loads per expert, sequence and group of experts") {
  const auto indices = Indices::from({0, 3, /**/ 3, 2, /**/ 1, 0, /**/ 3, 1}, {4, 2});
  CHECK(expert_load(indices, 4).to_vector() == Counts{2, 2, 1, 3});
  CHECK(expert_load(indices, 4).shape() == Shape{4});
  CHECK(expert_load(indices, 4, 2).to_vector() == Counts{1, 0, 1, 2, 1, 2, 0, 1});
  CHECK(expert_load(indices, 4, 2, 2).to_vector() == Counts{1, 2, 2, 1});
  CHECK(expert_load(Indices::from({0, 3, 1, 3, /**/ 3, 2, 0, 1}, {2, 4}).transpose(), 4).to_vector() ==
        Counts{2, 2, 1, 3});
  CHECK(expert_load(Indices::empty({0, 2}), 2).to_vector() == Counts{0, 0});
}

TEST_CASE("MaxVio is the largest load above the mean, in units of the mean") {
  const auto load = Indices::from({3, 1, 2, 2, /**/ 2, 2, 2, 2, /**/ 0, 0, 0, 0}, {3, 4});
  CHECK(max_violation(load).to_vector() == std::vector<float>{0.5f, 0, 0});
  CHECK(max_violation(load.transpose()).to_vector() == std::vector<float>{0.8f, 1, 0.5f, 0.5f});
  CHECK(max_violation(Tensor<std::int64_t>::from({5, 0, 0})).item() == 2.0f);
}

TEST_CASE("what cannot be counted is an error") {
  const auto indices = Indices::from({0, 1, 1, 2, 2, 0}, {3, 2});
  CHECK_THROWS_AS(expert_load(indices.reshape({6}), 3), ShapeError);
  CHECK_THROWS_WITH_AS(expert_load(indices, 3, 2), "expert_load: indices (3, 2) are not 2 sequences of equal length",
                       ShapeError);
  CHECK_THROWS_WITH_AS(expert_load(indices, 3, 1, 2),
                       "expert_load: groups of 2 must divide the experts, of which there are 3", ValueError);
  CHECK_THROWS_AS(expert_load(indices, 2), IndexError);
  CHECK_THROWS_AS(max_violation(Indices::ones({})), ShapeError);
}

}  // namespace expert_load_test
