// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/latent_attention.hpp>

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"

namespace latent_attention_test {
using namespace hadal;
using test::distance, test::leaves, test::names;

LatentAttentionConfig config(std::int64_t q_lora_rank) {
  LatentAttentionConfig c;
  c.hidden_size = 6;
  c.num_attention_heads = 2;
  c.q_lora_rank = q_lora_rank;
  c.kv_lora_rank = 4;
  c.qk_nope_head_dim = 3;
  c.qk_rope_head_dim = 2;
  c.v_head_dim = 5;
  c.initializer_range = 0.5;
  return c;
}

template <class T>
RopeTable<T, Cpu> table() { return rope_table<T, Cpu>(2, 16, 10000.0, {}); }

TEST_CASE("latent attention: gradients, with and without a query latent") {
  const auto positions = table<double>();
  auto x = Tensor<double>::normal({2, 3, 6}, Key{1}).set_requires_grad();
  for (const std::int64_t rank : {0, 3}) {
    auto m = LatentAttention<double>::make(config(rank), Key{2});
    const auto all = leaves<double>(m, {x});
    CHECK(all.size() == (rank ? 8 : 6));
    CHECK(grad_error([&] { return m(x, positions); }, all) < 1e-6);
    CHECK(forgotten_members(m).empty());
  }
}

TEST_CASE("latent attention: naive and absorbed forms agree, values and gradients") {
  const auto positions = table<double>();
  auto x = Tensor<double>::normal({2, 5, 6}, Key{3}).set_requires_grad();
  const auto dy = Tensor<double>::normal({2, 5, 6}, Key{4});
  for (const std::int64_t rank : {0, 3}) {
    auto m = LatentAttention<double>::make(config(rank), Key{5});
    const auto all = leaves<double>(m, {x});
    const auto run = [&](bool absorbed) {
      for (const auto& leaf : all) leaf.zero_grad();
      const auto kv = m.latent(x, positions);
      const auto q = m.query(x, positions);
      const auto y = absorbed ? m.absorbed(q, concatenate<double, Cpu>({kv.c, kv.kr.squeeze(2)}, -1)) : m.naive(q, kv);
      y.backward(dy);
      std::vector<Tensor<double>> result = {y.detach()};
      for (const auto& leaf : all) result.push_back(leaf.grad());
      return result;
    };
    const auto naive = run(false), absorbed = run(true);
    for (std::size_t i = 0; i < naive.size(); ++i) {
      CAPTURE(i);
      CHECK(distance(naive[i], Tensor<double>::zeros(naive[i].shape())) > 1e-3);
      CHECK(distance(naive[i], absorbed[i]) < 1e-12);
    }
  }
}

template <class T>
void check_decoding(std::int64_t rank, double tolerance) {
  const auto m = LatentAttention<T>::make(config(rank), Key{6});
  const auto positions = table<T>();
  const auto x = Tensor<T>::normal({2, 6, 6}, Key{7});
  const auto full = m(x, positions);
  for (const std::vector<std::int64_t>& chunks :
       {std::vector<std::int64_t>{1, 1, 1, 1, 1, 1}, {6}, {2, 3, 1}, {5, 1}}) {
    auto cache = LatentCache<T>::make(1, 2, 6, 4, 2);
    std::int64_t at = 0;
    for (const std::int64_t L : chunks) {
      const auto y = m(x.slice(1, at, at + L), positions, cache.layers[0]);
      CHECK(distance(y, full.slice(1, at, at + L)) < tolerance);
      at += L;
    }
    CHECK(cache.length() == 6);
    cache.truncate(2);  // another continuation of the first two tokens
    CHECK(distance(m(x.slice(1, 2, 5), positions, cache.layers[0]), full.slice(1, 2, 5)) < tolerance);
  }
}

TEST_CASE("latent attention: decoding over the cache equals the full forward, however it is cut") {
  check_decoding<double>(0, 1e-12);
  check_decoding<double>(3, 1e-12);
  check_decoding<float>(3, 1e-5);
}

TEST_CASE("latent attention: the cache's limits are errors") {
  const auto m = LatentAttention<float>::make(config(0), Key{8});
  const auto positions = table<float>();
  auto cache = LatentCache<float>::make(1, 2, 3, 4, 2);
  m(Tensor<float>::ones({2, 2, 6}), positions, cache.layers[0]);
  CHECK_THROWS_AS(m(Tensor<float>::ones({2, 2, 6}), positions, cache.layers[0]), ValueError);
  CHECK_THROWS_AS(m(Tensor<float>::ones({1, 1, 6}), positions, cache.layers[0]), ShapeError);
  CHECK(cache.length() == 2);
}

TEST_CASE("latent attention: names, shapes, scale, sizes that do not fit") {
  const auto m = LatentAttention<float>::make(config(3), Key{1});
  CHECK(names(m) == std::vector<std::string>{"q_a_proj.weight", "q_a_layernorm.weight", "q_b_proj.weight",
                                             "kv_a_proj_with_mqa.weight", "kv_a_layernorm.weight", "kv_b_proj.weight",
                                             "o_proj.weight"});
  CHECK(names(LatentAttention<float>::make(config(0), Key{1}))[0] == "q_proj.weight");
  CHECK(m.q_b_proj->weight.shape() == Shape{10, 3});
  CHECK(m.kv_a_proj_with_mqa.weight.shape() == Shape{6, 6});
  CHECK(m.kv_b_proj.weight.shape() == Shape{16, 4});
  CHECK(m.o_proj.weight.shape() == Shape{6, 10});
  CHECK(m.scale() == 1 / std::sqrt(5.0));
  auto c = config(0);
  c.softmax_scale = 0.25;
  CHECK(LatentAttention<float>::make(c, Key{1}).scale() == 0.25);
  c.qk_rope_head_dim = 3;
  CHECK_THROWS_WITH_AS(LatentAttention<float>::make(c, Key{1}),
                       "latent attention: qk_rope_head_dim must be even and positive, got 3", ConfigError);
  c = config(0);
  c.kv_lora_rank = 0;
  CHECK_THROWS_WITH_AS(LatentAttention<float>::make(c, Key{1}), "latent attention: all sizes must be positive",
                       ConfigError);
}

}  // namespace latent_attention_test
