// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/nn/attention.hpp>

#include <support/module_check.hpp>

using namespace hadal;

TEST_CASE("GroupedQueryAttention: gradients with and without rope, causality, errors") {
  auto m = GroupedQueryAttention<double>::make({.hidden_size = 8, .num_attention_heads = 4, .num_key_value_heads = 2, .bias = true}, Key{1});
  CHECK(forgotten_members(m).empty());
  CHECK(parameters(m).size() == 8);
  const auto table = rope_table<double, Cpu>(2, 8, 100);
  auto x = Tensor<double>::normal({2, 3, 8}, Key{2}).set_requires_grad();
  // Without rope a bias of the keys shifts all scores of a query alike: its gradient is zero, so leave it out.
  auto plain = GroupedQueryAttention<double>::make({.hidden_size = 8, .num_attention_heads = 4, .num_key_value_heads = 2}, Key{1});
  CHECK(module_grad_error(plain, [&] { return plain(x); }, {x}) < 1e-6);
  CHECK(module_grad_error(m, [&] { return m(x, &table); }, {x}) < 1e-6);
  // What comes later does not change what came before.
  auto longer = Tensor<double>::normal({2, 5, 8}, Key{3});
  const auto early = m(longer.slice(1, 0, 3), &table).to_vector(), all = m(longer, &table).slice(1, 0, 3).to_vector();
  for (std::size_t i = 0; i < early.size(); ++i) CHECK(early[i] == doctest::Approx(all[i]).epsilon(1e-13));
  using Make = GroupedQueryAttention<double>;
  CHECK_THROWS_AS(Make::make({.hidden_size = 8, .num_attention_heads = 4, .num_key_value_heads = 3}, Key{1}), ConfigError);
  CHECK_THROWS_AS(Make::make({.hidden_size = 9, .num_attention_heads = 4, .num_key_value_heads = 2}, Key{1}), ConfigError);
}
