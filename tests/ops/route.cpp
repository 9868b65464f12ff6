// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/ops/route.hpp>

#include <hadal/tensor/grad_check.hpp>

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

TEST_CASE("no expert of a group that is left out is chosen, though the scores of all others be negative") {
  const auto s = Tensor<float>::from({.9f, .8f, .2f, .1f, .6f, .5f, .3f, .4f}, {1, 8});
  const auto bias = Tensor<float>::full({8}, -1);
  CHECK(choose_experts(s, bias, 3, 4, 2, two).to_vector() == Indices{0, 1, 4});
  // Implementations that mask with 0 instead choose the first of those left out: 0 is more than any score here.
  const auto masked_with_0 = Tensor<float>::from({-.1f, -.2f, 0, 0, -.4f, -.5f, 0, 0}, {1, 8});
  CHECK(choose_experts(masked_with_0, no_bias, 3).to_vector() == Indices{2, 3, 6});
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

TEST_CASE("the published routers' weights") {
  std::vector<double> sigmoid, softmax;
  double sum = 0;
  for (double z : {0.5, -1., 2., 0., 1., 1.5, -.5, .3}) {
    sigmoid.push_back(1 / (1 + std::exp(-z)));
    softmax.push_back(std::exp(z));
    sum += softmax.back();
  }
  for (double& p : softmax) p /= sum;
  const auto near = [](const Tensor<double>& w, std::vector<double> expected) {
    const auto got = w.to_vector();
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected[i]) < 6e-7);  // published to 6 places
  };
  near(expert_weights(Tensor<double>::from(sigmoid, {1, 8}), Tensor<std::int32_t>::from({6, 5, 7}, {1, 3}), 2.5, true),
       {.533383, 1.155055, .811562});
  near(expert_weights(Tensor<double>::from(softmax, {1, 8}), Tensor<std::int32_t>::from({2, 5, 4}, {1, 3}), 16, false),
       {6.043594, 3.665625, 2.223314});
}

TEST_CASE("gradients of weights") {
  const auto chosen = Tensor<std::int32_t>::from({3, 0, /**/ 1, 2, /**/ 4, 3}, {3, 2});
  const auto one = Tensor<std::int32_t>::zeros({2, 1});
  auto s = Tensor<double>::uniform({3, 5}, Key{1}, 0.1, 0.9).set_requires_grad();
  auto st = Tensor<double>::uniform({5, 3}, Key{2}, 0.1, 0.9).set_requires_grad();
  auto s1 = Tensor<double>::uniform({2, 1}, Key{3}, 0.1, 0.9).set_requires_grad();
  for (const bool normalise : {false, true}) {
    const auto f = Difference::richardson;
    CHECK(grad_error([&] { return expert_weights(s, chosen, 2.5, normalise); }, std::vector{s}, f) < 1e-9);
    CHECK(grad_error([&] { return expert_weights(st.transpose(), chosen, 2.5, normalise); }, std::vector{st}, f) <
          1e-9);
    CHECK(grad_error([&] { return expert_weights(s1, one, 1, normalise); }, std::vector{s1}, f) < 1e-9);
  }
  CHECK_THROWS_WITH_AS(expert_weights(st, chosen, 1, true),
                       "expert_weights: scores (N, E) and chosen (N, K) must be of "
                       "the same tokens, got (5, 3) and (3, 2)",
                       ShapeError);
}

}  // namespace route_test
