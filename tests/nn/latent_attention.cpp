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

/// Two sequences of their own lengths, fed in pieces of any size, equal the full forward at every position.
template <class T>
void check_decoding(std::int64_t rank, double tolerance) {
  const auto m = LatentAttention<T>::make(config(rank), Key{6});
  const auto positions = table<T>();
  const auto x = Tensor<T>::normal({2, 6, 6}, Key{7});
  const auto full = m(x, positions);
  using Counts = std::vector<std::int64_t>;
  const std::vector<std::vector<Counts>> cuts = {
      {{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
      {{6, 6}},
      {{2, 2}, {3, 3}, {1, 1}},
      {{4, 1}, {0, 2}, {2, 1}, {0, 2}}};
  for (const LatentForm form : {LatentForm::naive, LatentForm::absorbed})
    for (const auto& pieces : cuts) {
      auto cache = LatentCache<T>::make(1, 3, 6, 4, 2);
      const Counts slots = {2, 0};
      Counts at = {0, 0};
      const auto feed = [&](const Counts& counts) {
        auto step = cache.step(slots, counts);
        step.form = form;
        const std::int64_t L = step.shape()[1];
        std::vector<Tensor<T>> rows;
        for (int b = 0; b < 2; ++b) {
          const auto n = counts[static_cast<std::size_t>(b)], from = at[static_cast<std::size_t>(b)];
          rows.push_back(concatenate(std::vector<Tensor<T>>{x.slice(0, b, b + 1).slice(1, from, from + n),
                                                            Tensor<T>::full({1, L - n, 6}, 9)}, 1));
        }
        const auto y = m(concatenate(rows, 0), positions, cache.layers[0], step);
        cache.advance(step);
        for (int b = 0; b < 2; ++b) {
          const auto n = counts[static_cast<std::size_t>(b)], from = at[static_cast<std::size_t>(b)];
          const auto got = y.slice(0, b, b + 1).slice(1, 0, n);
          const auto expected = full.slice(0, b, b + 1).slice(1, from, from + n);
          // The naive form adds the same numbers in the same order as the full forward.
          CHECK(distance(got, expected) <= (form == LatentForm::naive ? 0 : tolerance));
          at[static_cast<std::size_t>(b)] += n;
        }
      };
      for (const Counts& counts : pieces) feed(counts);
      CHECK(cache.lengths == Counts{6, 0, 6});
      cache.truncate(2, 2);  // another continuation of the first tokens
      cache.truncate(0, 3);
      at = {2, 3};
      feed({3, 2});
    }
}

TEST_CASE("latent attention: decoding over the cache equals the full forward, however it is cut") {
  check_decoding<double>(0, 1e-12);
  check_decoding<double>(3, 1e-12);
  check_decoding<float>(3, 1e-5);
}

TEST_CASE("latent attention: caches of half width and of bytes are off by their rounding") {
  const auto m = LatentAttention<float>::make(config(0), Key{8});
  const auto positions = table<float>();
  const auto x = Tensor<float>::normal({1, 6, 6}, Key{9});
  const auto full = m(x, positions);
  for (const auto& [format, tolerance] : {std::pair{CacheFormat::bf16, 0x1p-8}, {CacheFormat::int8, 1.0 / 254}}) {
    std::vector<Tensor<float>> forms;
    for (const LatentForm form : {LatentForm::naive, LatentForm::absorbed}) {
      auto cache = LatentCache<float>::make(1, 1, 6, 4, 2, format);
      auto step = cache.step(6);
      step.form = form;
      forms.push_back(m(x, positions, cache.layers[0], step));
      CHECK(distance(forms.back(), full) > 0);
      // Latents are at most 2 (a norm of sqrt(4)), off by tolerance each; W_b and W_o of width 0.5 make 4 and 10 of
      // them about 3 times as large, and the shifts of the weights add as much again.
      CHECK(distance(forms.back(), full) < 12 * tolerance);
    }
    CHECK(distance(forms[0], forms[1]) < 1e-5);  // both read what the cache holds
  }
}

TEST_CASE("latent attention: the cache of DeepSeek-V2-Lite's shape is 31,104 bytes a token, 8.9 times less than keys") {
  const std::int64_t layers = 27, tokens = 64, H = 16, R = 512, dn = 128, dr = 64, dv = 128;
  const auto live = [] { return static_cast<std::int64_t>(runtime().cpu_memory.use().live); };
  const std::int64_t before = live();
  const auto cache = LatentCache<bf16>::make(layers, 1, tokens, R, dr);
  const std::int64_t held = live() - before;
  CHECK(held == tokens * 31104);
  CHECK(cache.bytes_per_token() == 31104);
  // One layer's keys and values as the naive form writes them out.
  const auto c = Tensor<bf16>::ones({1, tokens, R}), kr = Tensor<bf16>::ones({1, tokens, 1, dr});
  const auto w = Tensor<bf16>::ones({H * (dn + dv), R});
  const auto b = linear(c, w).reshape({1, tokens, H, dn + dv});
  const auto k = concatenate(std::vector{b.slice(-1, 0, dn), kr.expand({1, tokens, H, dr})}, -1);
  const auto written = layers * static_cast<std::int64_t>(k.bytes() + b.slice(-1, dn, dn + dv).bytes());
  CHECK(static_cast<double>(written) / static_cast<double>(held) == doctest::Approx(8.9).epsilon(0.002));
  CHECK(LatentCache<bf16>::make(layers, 1, 1, R, dr, CacheFormat::int8).bytes_per_token() == 27 * 644);
}

TEST_CASE("latent attention: single tokens of a long sequence are absorbed, whole prompts are not") {
  LatentAttentionConfig c;
  c.num_attention_heads = 16;
  c.kv_lora_rank = 512;
  c.qk_nope_head_dim = c.v_head_dim = 128;
  c.qk_rope_head_dim = 64;
  for (const std::int64_t S : {1024, 8192}) {
    CHECK(cheaper_form(c, 1, S) == LatentForm::absorbed);
    CHECK(cheaper_form(c, 2, S) == LatentForm::absorbed);
    CHECK(cheaper_form(c, S, S) == LatentForm::naive);
    std::int64_t L = 1;
    while (cheaper_form(c, L, S) == LatentForm::absorbed) ++L;
    for (; L <= S; L += 64) CHECK(cheaper_form(c, L, S) == LatentForm::naive);  // there is one crossover
  }
}

TEST_CASE("latent attention: what does not fit the cache is an error") {
  const auto m = LatentAttention<float>::make(config(0), Key{8});
  const auto positions = table<float>();
  auto cache = LatentCache<float>::make(1, 2, 3, 4, 2);
  const auto step = cache.step(2);
  CHECK_THROWS_WITH_AS(m(Tensor<float>::ones({1, 2, 6}), positions, cache.layers[0], step),
                       "latent attention: x must be (B, L, C) of the step (2, 2), got (1, 2, 6)", ShapeError);
  auto x = Tensor<float>::ones({2, 2, 6}).set_requires_grad();
  CHECK_THROWS_WITH_AS(m(x, positions, cache.layers[0], step),
                       "latent attention: no gradient flows through a cache; call it under no_grad", GradError);
  no_grad([&] { m(x, positions, cache.layers[0], step); });
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
