// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/nn/latent_attention.hpp>

#include <support/module_check.hpp>

using namespace hadal;

namespace {

LatentAttentionConfig tiny(std::int64_t q_rank) {
  return {.hidden_size = 6, .num_attention_heads = 2, .q_lora_rank = q_rank, .kv_lora_rank = 5, .qk_nope_head_dim = 3,
          .qk_rope_head_dim = 2, .v_head_dim = 4, .initializer_range = 0.5};
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference += (a[i] - b[i]) * (a[i] - b[i]), norm += b[i] * b[i];
  return std::sqrt(difference / norm);
}

}  // namespace

TEST_CASE("LatentAttention: gradients, names, forgotten members") {
  const auto table = rope_table<double, Cpu>(2, 16, 100);
  for (std::int64_t q_rank : {0, 4}) {
    auto m = LatentAttention<double>::make(tiny(q_rank), Key{1});
    CHECK(forgotten_members(m).empty());
    CHECK(parameters(m).size() == (q_rank ? 7 : 5));
    CHECK(parameters(m)[0].place.name == (q_rank ? "q_a_proj.weight" : "q_proj.weight"));
    auto x = Tensor<double>::normal({2, 3, 6}, Key{2}).set_requires_grad();
    CHECK(module_grad_error(m, [&] { return m(x, table); }, {x}) < 1e-6);
  }
}

TEST_CASE("LatentAttention: naive and absorbed forms are one function, values and gradients") {
  const auto table = rope_table<double, Cpu>(2, 16, 100);
  for (std::int64_t q_rank : {0, 4}) {
    auto m = LatentAttention<double>::make(tiny(q_rank), Key{1});
    trainable(m);
    auto x = Tensor<double>::normal({2, 5, 6}, Key{2}).set_requires_grad();
    const auto results = [&](bool absorbed) {
      zero_grad(m);
      x.zero_grad();
      const auto kv = m.latent(x, table);
      const auto y = absorbed ? m.absorbed(m.query(x, table), concatenate<double, Cpu>({kv.c, kv.kr.squeeze(2)}, -1))
                              : m.naive(m.query(x, table), kv);
      y.backward(Tensor<double>::normal(y.shape(), Key{3}));
      std::vector<std::vector<double>> all{y.to_vector(), x.grad().to_vector()};
      for (const auto& p : parameters(m)) all.push_back(Tensor<double>::wrap(p.tensor.slot()->gradient).to_vector());
      return all;
    };
    const auto naive = results(false), absorbed = results(true);
    for (std::size_t i = 0; i < naive.size(); ++i) {
      CAPTURE(i);
      CHECK(distance(absorbed[i], naive[i]) < 1e-12);
    }
  }
}

TEST_CASE_TEMPLATE("LatentAttention: decoding over the cache equals the whole sequence, however it is cut", T, double, float) {
  const auto table = rope_table<T, Cpu>(2, 16, 100);
  const auto m = LatentAttention<T>::make(tiny(4), Key{1});
  const auto x = Tensor<T>::normal({2, 7, 6}, Key{2});
  const auto whole = m(x, table);
  for (const std::vector<std::int64_t>& cuts : {std::vector<std::int64_t>{7}, {1, 1, 1, 1, 1, 1, 1}, {3, 1, 3}}) {
    LatentLayerCache<T, Cpu> cache{Tensor<T>::zeros({2, 8, 7}), 0};
    std::int64_t at = 0;
    for (std::int64_t n : cuts) {
      const auto part = m(x.slice(1, at, at + n), table, cache).to_vector();
      const auto expected = whole.slice(1, at, at + n).to_vector();
      CHECK(distance(std::vector<double>(part.begin(), part.end()), std::vector<double>(expected.begin(), expected.end())) <
            (std::is_same_v<T, double> ? 1e-12 : 1e-5));
      at += n;
    }
    CHECK(cache.length == 7);
  }
}

TEST_CASE("LatentAttention: configurations that cannot be") {
  auto odd = tiny(0);
  odd.qk_rope_head_dim = 3;
  CHECK_THROWS_AS(LatentAttention<double>::make(odd, Key{1}), ConfigError);
  auto none = tiny(0);
  none.kv_lora_rank = 0;
  CHECK_THROWS_AS(LatentAttention<double>::make(none, Key{1}), ConfigError);
}
