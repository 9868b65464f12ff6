// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/multi_token_prediction.hpp>

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"
#include "support/small_block.hpp"

namespace multi_token_prediction_test {
using namespace hadal;
using test::distance, test::leaves, test::names, test::small_block;

MultiTokenPrediction<double> module(bool mixture) {
  return {RmsNorm<double>::make(4), RmsNorm<double>::make(4), Linear<double>::make(8, 4, Key{1}, 0.5),
          small_block<double>(mixture, Key{2}), RmsNorm<double>::make(4)};
}

TEST_CASE("multi-token prediction: gradients of parameters, hidden states and embeddings") {
  const auto positions = rope_table<double, Cpu>(2, 8, 10000.0, {});
  auto hidden = Tensor<double>::normal({2, 3, 4}, Key{3}).set_requires_grad();
  auto next = Tensor<double>::normal({2, 3, 4}, Key{4}).set_requires_grad();
  auto m = module(true);
  CHECK(grad_error([&] { return m(hidden, next, positions).x; }, leaves<double>(m, {hidden, next})) < 1e-6);
  CHECK(m(hidden, next, positions).load.shape() == Shape{4});
  CHECK(m(hidden, next, positions).balance_loss.defined());
  CHECK(forgotten_members(m).empty());
}

TEST_CASE("multi-token prediction: its formula, the embedding's columns first") {
  const auto positions = rope_table<double, Cpu>(2, 8, 10000.0, {});
  const auto hidden = Tensor<double>::normal({2, 3, 4}, Key{5}), next = Tensor<double>::normal({2, 3, 4}, Key{6});
  auto m = module(false);
  m.enorm.weight = Tensor<double>::normal({4}, Key{7});
  m.hnorm.weight = Tensor<double>::normal({4}, Key{8});
  m.norm.weight = Tensor<double>::normal({4}, Key{9});
  const auto& w = m.eh_proj.weight;
  const auto x = linear(m.enorm(next), w.slice(1, 0, 4)) + linear(m.hnorm(hidden), w.slice(1, 4, 8));
  CHECK(distance(m(hidden, next, positions).x, m.norm(m.block(x, positions).x)) < 1e-12);
  CHECK_FALSE(m(hidden, next, positions).load.defined());
}

TEST_CASE("multi-token prediction: the same over a cache of its own") {
  const auto positions = rope_table<double, Cpu>(2, 8, 10000.0, {});
  const auto hidden = Tensor<double>::normal({2, 3, 4}, Key{10}), next = Tensor<double>::normal({2, 3, 4}, Key{11});
  const auto m = module(true);
  const auto full = m(hidden, next, positions).x;
  auto cache = LatentCache<double>::make(1, 2, 3, 3, 2);
  for (const auto& [begin, end] : {std::pair{0, 2}, std::pair{2, 3}}) {
    const auto step = cache.step(end - begin);
    const auto x = m(hidden.slice(1, begin, end), next.slice(1, begin, end), positions, cache.layers[0], step).x;
    CHECK(distance(x, full.slice(1, begin, end)) < 1e-12);
    cache.advance(step);
  }
}

TEST_CASE("multi-token prediction: names are the published ones; shapes must agree") {
  const auto m = module(false);
  const auto list = names(m);
  CHECK(std::vector<std::string>(list.begin(), list.begin() + 4) ==
        std::vector<std::string>{"enorm.weight", "hnorm.weight", "eh_proj.weight", "input_layernorm.weight"});
  CHECK(list.back() == "shared_head.norm.weight");
  const auto positions = rope_table<double, Cpu>(2, 8, 10000.0, {});
  CHECK_THROWS_WITH_AS(m(Tensor<double>::ones({1, 2, 4}), Tensor<double>::ones({1, 3, 4}), positions),
                       "multi-token prediction: hidden (1, 2, 4) and next (1, 3, 4) must have one shape", ShapeError);
}

}  // namespace multi_token_prediction_test
