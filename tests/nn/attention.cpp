// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/attention.hpp>

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"

namespace grouped_query_attention_test {
using namespace hadal;
using test::distance, test::leaves, test::names;
using Attention = GroupedQueryAttention<double>;

GroupedQueryAttentionConfig config(std::int64_t heads, std::int64_t key_heads) {
  GroupedQueryAttentionConfig c;
  c.hidden_size = 4;
  c.num_attention_heads = heads;
  c.num_key_value_heads = key_heads;
  c.initializer_range = 0.5;
  return c;
}

TEST_CASE("grouped-query attention: gradients, with and without positions and biases") {
  const auto table = rope_table<double, Cpu>(2, 8, 10000.0, {});
  auto x = Tensor<double>::normal({2, 3, 4}, Key{1}).set_requires_grad();
  for (const bool bias : {false, true}) {
    auto c = config(2, 1);
    c.bias = bias;
    auto m = Attention::make(c, Key{2});
    const auto all = leaves<double>(m, {x});
    CHECK(all.size() == (bias ? 9 : 5));
    CHECK(grad_error([&] { return m(x, bias ? &table : nullptr); }, all) < 1e-6);
    CHECK(forgotten_members(m).empty());
  }
}

TEST_CASE("grouped-query attention: its formula; shared keys equal repeated ones") {
  const auto x = Tensor<double>::normal({1, 3, 4}, Key{1});
  const auto shared = Attention::make(config(2, 1), Key{2});
  const auto heads = [&](const Linear<double>& proj, std::int64_t n) { return proj(x).reshape({1, 3, n, 2}); };
  const auto y = attention_reference(heads(shared.q_proj, 2), heads(shared.k_proj, 1), heads(shared.v_proj, 1));
  CHECK(distance(shared(x), shared.o_proj(Tensor<double>::from(y, {1, 3, 4}))) < 1e-14);

  auto plain = Attention::make(config(2, 2), Key{2});
  plain.k_proj.weight = shared.k_proj.weight.unsqueeze(0).expand({2, 2, 4}).reshape({4, 4});
  plain.v_proj.weight = shared.v_proj.weight.unsqueeze(0).expand({2, 2, 4}).reshape({4, 4});
  CHECK(distance(shared(x), plain(x)) < 1e-14);

  const auto table = rope_table<double, Cpu>(2, 8, 10000.0, {});
  CHECK(distance(shared(x), shared(x, &table)) > 1e-3);
  // A token sees nothing that comes later.
  CHECK(distance(shared(x, &table).slice(1, 0, 2), shared(x.slice(1, 0, 2), &table)) < 1e-14);
}

TEST_CASE("grouped-query attention: names and sizes") {
  CHECK(names(Attention::make(config(2, 2), Key{1})) ==
        std::vector<std::string>{"q_proj.weight", "k_proj.weight", "v_proj.weight", "o_proj.weight"});
  auto c = config(2, 1);
  c.head_dim = 5;
  CHECK(Attention::make(c, Key{1}).q_proj.weight.shape() == Shape{10, 4});
  CHECK(Attention::make(c, Key{1}).k_proj.weight.shape() == Shape{5, 4});
  CHECK_THROWS_WITH_AS(Attention::make(config(3, 2), Key{1}),
                       "grouped-query attention: num_key_value_heads 2 must divide num_attention_heads 3", ConfigError);
  CHECK_THROWS_AS(Attention::make(config(0, 1), Key{1}), ConfigError);
  CHECK_THROWS_WITH_AS(Attention::make(config(3, 3), Key{1}),
                       "grouped-query attention: hidden_size 4 is not a multiple of num_attention_heads 3",
                       ConfigError);
}

}  // namespace grouped_query_attention_test
