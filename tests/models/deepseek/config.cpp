// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/models/deepseek/config.hpp>

#include <support/tiny_deepseek.hpp>

using namespace hadal;

TEST_CASE("DeepSeekConfig: which layers are mixtures") {
  auto c = tiny_deepseek();
  CHECK(!c.is_moe_layer(0));
  CHECK(c.is_moe_layer(1));
  c.first_k_dense_replace = 2;
  c.moe_layer_freq = 2;
  CHECK(c.is_moe_layer(2));
  CHECK(!c.is_moe_layer(3));
}

TEST_CASE("DeepSeekConfig: errors name the key") {
  CHECK_NOTHROW(tiny_deepseek().check());
  const auto broken = [](auto change, const char* key) {
    auto c = tiny_deepseek();
    change(c);
    CHECK_THROWS_WITH_AS(c.check(), doctest::Contains(key), ConfigError);
  };
  broken([](auto& c) { c.vocab_size = 0; }, "vocab_size");
  broken([](auto& c) { c.hidden_size = -1; }, "hidden_size");
  broken([](auto& c) { c.num_nextn_predict_layers = 2; }, "num_nextn_predict_layers");
  broken([](auto& c) { c.intermediate_size = 0; }, "intermediate_size");
  auto c = tiny_deepseek();
  c.scoring_func = "tanh";
  CHECK_THROWS_WITH_AS(c.mixture(), doctest::Contains("scoring_func"), ConfigError);
}

TEST_CASE("DeepSeekConfig: YaRN enters the softmax scale") {
  auto c = tiny_deepseek();
  CHECK(c.attention().softmax_scale == doctest::Approx(0.5));
  c.qk_nope_head_dim = 128;
  c.qk_rope_head_dim = 64;
  c.rope_scaling = Yarn{};
  c.rope_scaling->mscale_all_dim = 1;
  CHECK(c.attention().softmax_scale == doctest::Approx(0.13523378).epsilon(1e-7));
}
