// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/block.hpp>

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"
#include "support/small_block.hpp"

namespace block_test {
using namespace hadal;
using test::distance, test::leaves, test::names, test::small_block;

TEST_CASE("block: gradients of a dense one and of a mixture") {
  const auto positions = rope_table<double, Cpu>(2, 8, 10000.0, {});
  auto x = Tensor<double>::normal({2, 3, 4}, Key{1}).set_requires_grad();
  for (const bool mixture : {false, true}) {
    auto m = small_block<double>(mixture, Key{2});
    const auto all = leaves<double>(m, {x});
    CHECK(grad_error([&] { return m(x, positions).x; }, all) < 1e-6);
    CHECK(forgotten_members(m).empty());
    const auto out = m(x, positions);
    CHECK(out.load.defined() == mixture);
    CHECK(out.balance_loss.defined() == mixture);
    if (mixture) {
      std::int64_t choices = 0;
      for (const std::int32_t n : out.load.to_vector()) choices += n;
      CHECK(choices == 2 * 3 * 2);
      CHECK(grad_error([&] { return m(x, positions).balance_loss; }, std::vector{x, m.moe->gate.weight}) < 1e-6);
    }
  }
}

TEST_CASE("block: two residual steps, and the same over a cache") {
  const auto positions = rope_table<double, Cpu>(2, 8, 10000.0, {});
  const auto x = Tensor<double>::normal({2, 5, 4}, Key{3});
  for (const bool mixture : {false, true}) {
    const auto m = small_block<double>(mixture, Key{4});
    const auto full = m(x, positions).x;
    const auto a = x + m.self_attn(m.input_layernorm(x), positions);
    const auto normed = m.post_attention_layernorm(a);
    CHECK(distance(full, a + (mixture ? (*m.moe)(normed).y : (*m.dense)(normed))) == 0);
    auto cache = LatentCache<double>::make(1, 2, 5, 3, 2);
    for (const auto& [begin, end] : {std::pair{0, 2}, std::pair{2, 3}, std::pair{3, 5}}) {
      const auto step = cache.step(end - begin);
      CHECK(distance(m(x.slice(1, begin, end), positions, cache.layers[0], step).x, full.slice(1, begin, end)) < 1e-12);
      cache.advance(step);
    }
  }
}

TEST_CASE("block: names are the published ones, dense or not") {
  const auto has = [](const std::vector<std::string>& list, const char* name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  const auto dense = names(small_block<double>(false, Key{1})), mixture = names(small_block<double>(true, Key{1}));
  CHECK(dense.front() == "input_layernorm.weight");
  CHECK(has(dense, "self_attn.o_proj.weight"));
  CHECK(has(dense, "post_attention_layernorm.weight"));
  CHECK(has(dense, "mlp.gate_proj.weight"));
  CHECK_FALSE(has(dense, "mlp.gate.weight"));
  CHECK(has(mixture, "mlp.gate.weight"));
  CHECK(has(mixture, "mlp.experts.0.down_proj.weight"));
  CHECK(has(mixture, "mlp.shared_experts.up_proj.weight"));
  CHECK_FALSE(has(mixture, "mlp.gate_proj.weight"));
}

}  // namespace block_test
