// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/multi_token_prediction.hpp>

#include <optional>
#include <string>

namespace hadal {

/// Everything that shapes a DeepSeek model, under the names of the published config.json. The defaults are those of
/// DeepSeek-V3's design (sigmoid router balanced by a bias) without its sizes.
struct DeepSeekConfig {
  std::int64_t vocab_size = 0;               // V
  std::int64_t hidden_size = 0;              // C
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;      // H
  std::int64_t q_lora_rank = 0;              // 0: no query latent
  std::int64_t kv_lora_rank = 0;             // R
  std::int64_t qk_nope_head_dim = 0, qk_rope_head_dim = 0, v_head_dim = 0;
  std::int64_t intermediate_size = 0;        // F of dense layers
  std::int64_t moe_intermediate_size = 0;    // F of an expert
  std::int64_t n_routed_experts = 0;         // E
  std::int64_t n_shared_experts = 0;
  std::int64_t num_experts_per_tok = 0;      // K
  std::int64_t n_group = 1, topk_group = 1;
  std::int64_t first_k_dense_replace = 0;    // layers before this one are dense
  std::int64_t moe_layer_freq = 1;
  std::int64_t num_nextn_predict_layers = 0; // 0 or 1
  std::int64_t max_position_embeddings = 0;
  std::string scoring_func = "sigmoid";      // "sigmoid" (V3) or "softmax" (V2)
  bool norm_topk_prob = true;
  double routed_scaling_factor = 1.0;
  double aux_loss_alpha = 0;                 // weight of the balance loss; 0: none
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000;
  std::optional<Yarn> rope_scaling = {};
  double initializer_range = 0.02;
  bool tie_word_embeddings = false;

  bool is_moe_layer(std::int64_t layer) const {
    return n_routed_experts > 0 && layer >= first_k_dense_replace && layer % moe_layer_freq == 0;
  }

  LatentAttentionConfig attention() const {
    return {hidden_size,      num_attention_heads, q_lora_rank, kv_lora_rank,
            qk_nope_head_dim, qk_rope_head_dim,    v_head_dim,  yarn_softmax_scale(qk_nope_head_dim + qk_rope_head_dim, rope_scaling), initializer_range};
  }
  MoEConfig mixture() const {
    MoEConfig c;
    c.hidden_size = hidden_size;
    c.n_routed_experts = n_routed_experts;
    c.num_experts_per_tok = num_experts_per_tok;
    c.n_group = n_group;
    c.topk_group = topk_group;
    c.norm_topk_prob = norm_topk_prob;
    c.routed_scaling_factor = routed_scaling_factor;
    HADAL_CHECK(scoring_func == "sigmoid" || scoring_func == "softmax", ConfigError,
                "deepseek config: scoring_func must be \"sigmoid\" or \"softmax\", got \"", scoring_func, "\"");
    if (scoring_func == "softmax") c.policy = SoftmaxRouter{};
    c.initializer_range = initializer_range;
    c.moe_intermediate_size = moe_intermediate_size;
    c.n_shared_experts = n_shared_experts;
    (scoring_func == "softmax" ? c.balance.expert : c.balance.sequence) = aux_loss_alpha;
    return c;
  }

  /// Throws ConfigError naming the key that does not fit.
  void check() const {
    const auto positive = [](const char* key, std::int64_t v) {
      HADAL_CHECK(v > 0, ConfigError, "deepseek config: ", key, " must be positive, got ", v);
    };
    positive("vocab_size", vocab_size);
    positive("hidden_size", hidden_size);
    positive("num_hidden_layers", num_hidden_layers);
    positive("max_position_embeddings", max_position_embeddings);
    positive("moe_layer_freq", moe_layer_freq);
    HADAL_CHECK(num_nextn_predict_layers == 0 || num_nextn_predict_layers == 1, ConfigError,
                "deepseek config: num_nextn_predict_layers must be 0 or 1, got ", num_nextn_predict_layers);
    bool any_dense = false;
    for (std::int64_t i = 0; i < num_hidden_layers + num_nextn_predict_layers; ++i) any_dense |= !is_moe_layer(i);
    if (any_dense) positive("intermediate_size (for the dense layers)", intermediate_size);
  }
};

}  // namespace hadal
