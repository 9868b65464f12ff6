// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/models/deepseek/config.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>

#include "support/small_deepseek.hpp"

namespace deepseek_config_test {
using namespace hadal;

TEST_CASE("deepseek config: check names the key that does not fit") {
  CHECK_NOTHROW(test::small_deepseek().check());
  using Key = std::int64_t DeepSeekConfig::*;
  for (const auto& [name, key] : {std::pair<const char*, Key>{"vocab_size", &DeepSeekConfig::vocab_size},
                                  {"hidden_size", &DeepSeekConfig::hidden_size},
                                  {"num_hidden_layers", &DeepSeekConfig::num_hidden_layers},
                                  {"num_attention_heads", &DeepSeekConfig::num_attention_heads},
                                  {"kv_lora_rank", &DeepSeekConfig::kv_lora_rank},
                                  {"qk_nope_head_dim", &DeepSeekConfig::qk_nope_head_dim},
                                  {"qk_rope_head_dim", &DeepSeekConfig::qk_rope_head_dim},
                                  {"v_head_dim", &DeepSeekConfig::v_head_dim},
                                  {"max_position_embeddings", &DeepSeekConfig::max_position_embeddings},
                                  {"moe_layer_freq", &DeepSeekConfig::moe_layer_freq},
                                  {"intermediate_size (for the dense layers)", &DeepSeekConfig::intermediate_size}}) {
    auto c = test::small_deepseek();
    c.*key = 0;
    const std::string message = std::string("deepseek config: ") + name + " must be positive, got 0";
    CHECK_THROWS_WITH_AS(c.check(), message.c_str(), ConfigError);
  }
  auto c = test::small_deepseek();
  c.num_nextn_predict_layers = 2;
  CHECK_THROWS_WITH_AS(c.check(), "deepseek config: num_nextn_predict_layers must be 0 or 1, got 2", ConfigError);
  c = test::small_deepseek();
  c.first_k_dense_replace = c.intermediate_size = 0;  // no dense layer needs it
  CHECK_NOTHROW(c.check());
  c.moe_layer_freq = 2;  // now one does
  CHECK_THROWS_AS(c.check(), ConfigError);
  c.moe_layer_freq = 1;
  c.moe_intermediate_size = 0;
  CHECK_THROWS_WITH_AS(c.check(), "deepseek config: moe_intermediate_size (for the experts) must be positive, got 0",
                       ConfigError);
  c = test::small_deepseek();
  c.first_k_dense_replace = 3;  // no mixture at all
  c.moe_intermediate_size = 0;
  CHECK_NOTHROW(c.check());
  c = test::small_deepseek();
  c.scoring_func = "tanh";
  CHECK_THROWS_WITH_AS(c.mixture(), "deepseek config: scoring_func must be \"sigmoid\" or \"softmax\", got \"tanh\"",
                       ConfigError);
}

TEST_CASE("deepseek config: which layers are mixtures") {
  auto c = test::small_deepseek();
  CHECK_FALSE(c.is_moe_layer(0));
  CHECK(c.is_moe_layer(1));
  c.moe_layer_freq = 2;
  CHECK_FALSE(c.is_moe_layer(1));
  CHECK(c.is_moe_layer(2));
  c.n_routed_experts = 0;
  CHECK_FALSE(c.is_moe_layer(2));
}

TEST_CASE("deepseek config: what it hands to attention and mixture") {
  auto c = test::small_deepseek();
  CHECK(c.attention().softmax_scale == 0.5);
  CHECK(c.attention().q_lora_rank == 3);
  CHECK(c.attention().initializer_range == 0.5);
  c.rope_scaling = Yarn{};
  c.rope_scaling->mscale_all_dim = 1;
  const double m = 0.1 * std::log(40.0) + 1;
  CHECK(std::abs(c.attention().softmax_scale - 0.5 * m * m) < 1e-15);
  c.qk_nope_head_dim = 128;
  c.qk_rope_head_dim = 64;
  CHECK(std::abs(c.attention().softmax_scale - 0.13523378) < 1e-8);  // DeepSeek-V3's
  CHECK(std::holds_alternative<SigmoidRouter>(c.mixture().policy));
  CHECK(c.mixture().balance.sequence == 0.1);
  CHECK(c.mixture().balance.expert == 0);
  c.scoring_func = "softmax";
  c.routed_scaling_factor = 2.5;
  c.norm_topk_prob = false;
  CHECK(std::holds_alternative<SoftmaxRouter>(c.mixture().policy));
  CHECK(c.mixture().balance.sequence == 0);
  CHECK(c.mixture().balance.expert == 0.1);
  CHECK(c.mixture().balance.per_sequence);
  c.seq_aux = false;
  c.more_balance.devices = 2;
  c.more_balance.device = 0.05;
  CHECK_FALSE(c.mixture().balance.per_sequence);
  CHECK(c.mixture().balance.device == 0.05);
  CHECK(c.mixture().balance.devices == 2);
  CHECK(c.mixture().routed_scaling_factor == 2.5);
  CHECK_FALSE(c.mixture().norm_topk_prob);
  CHECK(c.mixture().moe_intermediate_size == 3);
}

}  // namespace deepseek_config_test
