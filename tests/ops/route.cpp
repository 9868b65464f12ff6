// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/ops/route.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace route_test {
using namespace hadal;
using Indices = std::vector<std::int32_t>;
constexpr auto two = GroupScore::top_two_sum;
const Tensor<float> no_bias;

TEST_CASE("the published routers' choices, from dense and strided scores") {
  std::vector<float> sigmoid, softmax;
  for (float z : {0.5f, -1.f, 2.f, 0.f, 1.f, 1.5f, -.5f, .3f}) {
    sigmoid.push_back(1 / (1 + std::exp(-z)));
    softmax.push_back(std::exp(z));
  }
  const auto s = Tensor<float>::from(sigmoid, {1, 8}), p = Tensor<float>::from(softmax, {1, 8});
  const auto bias = Tensor<float>::from({0, .1f, -.6f, 0, 0, 0, .5f, .2f});
  CHECK(choose_experts(s, bias, 3, 4, 2, two).to_vector() == Indices{6, 5, 7});
  CHECK(choose_experts(p, no_bias, 3, 4, 2).to_vector() == Indices{2, 5, 4});
  CHECK(choose_experts(p, no_bias, 3).to_vector() == Indices{2, 5, 4});
  CHECK(choose_experts(s.reshape({8, 1}).transpose(), bias, 3, 4, 2, two).to_vector() == Indices{6, 5, 7});
}

TEST_CASE("the choice is not part of the graph") {
  auto s = Tensor<float>::ones({2, 4}).set_requires_grad();
  CHECK_FALSE(choose_experts(s, no_bias, 2).requires_grad());
}

TEST_CASE("choices that cannot be made are errors") {
  const auto s = Tensor<float>::ones({2, 6});
  CHECK_THROWS_AS(choose_experts(s.reshape({12}), no_bias, 1), ShapeError);
  CHECK_THROWS_WITH_AS(choose_experts(s, Tensor<float>::ones({5}), 2),
                       "choose_experts: bias must be (6) to match scores (2, 6), got (5)", ShapeError);
  CHECK_THROWS_WITH_AS(choose_experts(s, no_bias, 7), "choose_experts: K must be in 1..6 for scores (2, 6), got 7",
                       ValueError);
  CHECK_THROWS_AS(choose_experts(s, no_bias, 0), ValueError);
  CHECK_THROWS_WITH_AS(choose_experts(s, no_bias, 2, 4, 2),
                       "choose_experts: n_group must divide the 6 experts, got 4", ValueError);
  CHECK_THROWS_AS(choose_experts(s, no_bias, 2, 0, 1), ValueError);
  CHECK_THROWS_WITH_AS(choose_experts(s, no_bias, 2, 3, 4), "choose_experts: topk_group must be in 1..3, got 4",
                       ValueError);
  CHECK_THROWS_AS(choose_experts(s, no_bias, 2, 3, 0), ValueError);
  CHECK_THROWS_WITH_AS(choose_experts(s, no_bias, 3, 3, 1), "choose_experts: 1 groups of 2 experts cannot give K = 3",
                       ValueError);
  CHECK_THROWS_WITH_AS(choose_experts(s, no_bias, 2, 6, 2, two),
                       "choose_experts: the score of a group sums 2 experts, but a group has 1", ValueError);
}

}  // namespace route_test
