// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/multi_token_prediction.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hadal {

/// How the weights of a checkpoint are stored: e4m3 numbers with one float scale for each block of a matrix.
struct Fp8Quantization {
  std::array<std::int64_t, 2> weight_block_size{128, 128};
  std::string scale_fmt;  // "ue8m0": scales are powers of two; empty: any float

  bool operator==(const Fp8Quantization&) const = default;
};

/// Everything that shapes a DeepSeek model, under the names of the published config.json (config_json.hpp reads and
/// writes it). The defaults are those of DeepSeek-V3's design (sigmoid router balanced by a bias) without its sizes.
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
  bool seq_aux = true;                       // that loss per sequence, not over the whole batch
  BalanceConfig more_balance = {};           // V2's device and communication losses; config.json does not hold them
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000;
  std::optional<Yarn> rope_scaling = {};
  double initializer_range = 0.02;
  bool tie_word_embeddings = false;
  std::optional<std::int64_t> bos_token_id = {};
  std::vector<std::int64_t> eos_token_id = {};
  std::string torch_dtype = "bfloat16";      // of the stored weights
  std::optional<Fp8Quantization> quantization_config = {};

  bool is_v2() const { return scoring_func == "softmax"; }

  bool is_moe_layer(std::int64_t layer) const {
    return n_routed_experts > 0 && layer >= first_k_dense_replace && layer % moe_layer_freq == 0;
  }

  LatentAttentionConfig attention() const {
    return {hidden_size,      num_attention_heads,
            q_lora_rank,      kv_lora_rank,
            qk_nope_head_dim, qk_rope_head_dim,
            v_head_dim,       yarn_softmax_scale(qk_nope_head_dim + qk_rope_head_dim, rope_scaling),
            initializer_range};
  }
  MoEConfig mixture() const {
    check_router();
    MoEConfig c;
    c.hidden_size = hidden_size;
    c.n_routed_experts = n_routed_experts;
    c.num_experts_per_tok = num_experts_per_tok;
    c.n_group = n_group;
    c.topk_group = topk_group;
    c.norm_topk_prob = norm_topk_prob;
    c.routed_scaling_factor = routed_scaling_factor;
    if (is_v2()) c.policy = SoftmaxRouter{};
    c.initializer_range = initializer_range;
    c.moe_intermediate_size = moe_intermediate_size;
    c.n_shared_experts = n_shared_experts;
    c.balance = more_balance;
    c.balance.per_sequence = seq_aux;
    (is_v2() ? c.balance.expert : c.balance.sequence) = aux_loss_alpha;
    return c;
  }

  /// Throws ConfigError naming the key that does not fit, and its value.
  void check() const {
    positive("vocab_size", vocab_size);
    positive("hidden_size", hidden_size);
    positive("num_hidden_layers", num_hidden_layers);
    positive("num_attention_heads", num_attention_heads);
    not_negative("q_lora_rank", q_lora_rank);
    positive("kv_lora_rank", kv_lora_rank);
    positive("qk_nope_head_dim", qk_nope_head_dim);
    positive("qk_rope_head_dim", qk_rope_head_dim);
    HADAL_CHECK(qk_rope_head_dim % 2 == 0, ConfigError, "deepseek config: qk_rope_head_dim must be even, got ",
                qk_rope_head_dim);
    positive("v_head_dim", v_head_dim);
    positive("max_position_embeddings", max_position_embeddings);
    positive("moe_layer_freq", moe_layer_freq);
    not_negative("n_routed_experts", n_routed_experts);
    not_negative("first_k_dense_replace", first_k_dense_replace);
    HADAL_CHECK(num_nextn_predict_layers == 0 || num_nextn_predict_layers == 1, ConfigError,
                "deepseek config: num_nextn_predict_layers must be 0 or 1, got ", num_nextn_predict_layers);
    HADAL_CHECK(rms_norm_eps > 0, ConfigError, "deepseek config: rms_norm_eps must be positive, got ", rms_norm_eps);
    HADAL_CHECK(rope_theta > 1, ConfigError, "deepseek config: rope_theta must be above 1, got ", rope_theta);
    HADAL_CHECK(initializer_range >= 0, ConfigError, "deepseek config: initializer_range must not be negative, got ",
                initializer_range);
    if (rope_scaling) check_yarn(*rope_scaling);
    const std::int64_t layers = num_hidden_layers + num_nextn_predict_layers;
    const std::int64_t first = (first_k_dense_replace + moe_layer_freq - 1) / moe_layer_freq * moe_layer_freq;
    const bool any_mixture = n_routed_experts > 0 && first < layers;
    if (!any_mixture || first > 0 || (moe_layer_freq > 1 && layers > 1))
      positive("intermediate_size (for the dense layers)", intermediate_size);
    if (any_mixture) check_router();
  }

 private:
  static void positive(const char* key, std::int64_t v) {
    HADAL_CHECK(v > 0, ConfigError, "deepseek config: ", key, " must be positive, got ", v);
  }
  static void not_negative(const char* key, std::int64_t v) {
    HADAL_CHECK(v >= 0, ConfigError, "deepseek config: ", key, " must not be negative, got ", v);
  }

  static void check_yarn(const Yarn& y) {
    const auto need = [](bool met, const char* rule, double v) {
      HADAL_CHECK(met, ConfigError, "deepseek config: rope_scaling.", rule, ", got ", v);
    };
    need(y.factor >= 1, "factor must be at least 1", y.factor);
    need(y.original_length > 0, "original_max_position_embeddings must be positive",
         static_cast<double>(y.original_length));
    need(y.beta_fast > 0, "beta_fast must be positive", y.beta_fast);
    need(y.beta_slow > 0, "beta_slow must be positive", y.beta_slow);
    need(y.mscale >= 0, "mscale must not be negative", y.mscale);
    need(y.mscale_all_dim >= 0, "mscale_all_dim must not be negative", y.mscale_all_dim);
  }

  void check_router() const {
    HADAL_CHECK(scoring_func == "sigmoid" || scoring_func == "softmax", ConfigError,
                "deepseek config: scoring_func must be \"sigmoid\" or \"softmax\", got \"", scoring_func, "\"");
    positive("n_routed_experts", n_routed_experts);
    positive("moe_intermediate_size (for the experts)", moe_intermediate_size);
    not_negative("n_shared_experts", n_shared_experts);
    HADAL_CHECK(num_experts_per_tok >= 1 && num_experts_per_tok <= n_routed_experts, ConfigError,
                "deepseek config: num_experts_per_tok must be in 1..", n_routed_experts, " (n_routed_experts), got ",
                num_experts_per_tok);
    HADAL_CHECK(n_group >= 1 && n_routed_experts % n_group == 0, ConfigError,
                "deepseek config: n_group must divide n_routed_experts ", n_routed_experts, ", got ", n_group);
    HADAL_CHECK(topk_group >= 1 && topk_group <= n_group, ConfigError, "deepseek config: topk_group must be in 1..",
                n_group, " (n_group), got ", topk_group);
    HADAL_CHECK(topk_group * (n_routed_experts / n_group) >= num_experts_per_tok, ConfigError,
                "deepseek config: topk_group ", topk_group, " groups of ", n_routed_experts / n_group,
                " experts must hold num_experts_per_tok ", num_experts_per_tok);
  }
};

}  // namespace hadal
