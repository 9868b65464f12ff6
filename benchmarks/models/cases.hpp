// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The models whose training steps are measured: sizes, operations of a step, and what peers must know of them.

#include <hadal/io/safetensors.hpp>
#include <hadal/models/deepseek/model.hpp>
#include <hadal/models/gpt2/model.hpp>

#include <string>

namespace bench {

using hadal::Tensor;
using hadal::Metadata;

struct DeepSeekCase {
  using Model = hadal::DeepSeek<float>;
  static constexpr const char* name = "deepseek";
  static constexpr std::int64_t B = 8, L = 256;
  static constexpr int repeats = 7;
  static constexpr bool with_debian = true, with_llm_c = false;

  static hadal::DeepSeekConfig config() {
    hadal::DeepSeekConfig c;
    c.vocab_size = 4096, c.hidden_size = 256, c.num_hidden_layers = 6, c.num_attention_heads = 4, c.kv_lora_rank = 64;
    c.qk_nope_head_dim = 64, c.qk_rope_head_dim = 32, c.v_head_dim = 64;
    c.moe_intermediate_size = 128, c.n_routed_experts = 16, c.n_shared_experts = 1, c.num_experts_per_tok = 4;
    c.max_position_embeddings = L;
    return c;
  }
  static std::int64_t vocabulary() { return config().vocab_size; }
  static Tensor<float> loss(const Model& model, const Tensor<std::int32_t>& window) { return model.loss(window).total; }

  /// Of a step: 3 (forward, and twice that backward) * 2 (a multiply-add) * B L * (weights that a token meets, and for
  /// each of the (L + 1) / 2 tokens it sees on average, a score and a value per head). What backward computes anew is
  /// not counted.
  static double operations() {
    const auto c = config();
    const auto C = c.hidden_size, H = c.num_attention_heads, dq = c.qk_nope_head_dim + c.qk_rope_head_dim;
    const auto attention = C * H * dq + C * (c.kv_lora_rank + c.qk_rope_head_dim) +
                           c.kv_lora_rank * H * (c.qk_nope_head_dim + c.v_head_dim) + H * c.v_head_dim * C;
    const auto experts = 3 * C * c.moe_intermediate_size * (c.num_experts_per_tok + c.n_shared_experts);
    const auto layer = attention + experts + C * c.n_routed_experts;
    const auto weights = static_cast<double>(c.num_hidden_layers * layer + C * c.vocab_size);
    const double seen = static_cast<double>(c.num_hidden_layers * H * (dq + c.v_head_dim)) * (L + 1) / 2;
    return 3 * 2.0 * B * L * (weights + seen);
  }
  static Metadata metadata() {
    const auto c = config();
    using std::to_string;
    return {{"model", "\"deepseek\""},
            {"vocab_size", to_string(c.vocab_size)},
            {"hidden_size", to_string(c.hidden_size)},
            {"num_hidden_layers", to_string(c.num_hidden_layers)},
            {"num_attention_heads", to_string(c.num_attention_heads)},
            {"kv_lora_rank", to_string(c.kv_lora_rank)},
            {"qk_nope_head_dim", to_string(c.qk_nope_head_dim)},
            {"qk_rope_head_dim", to_string(c.qk_rope_head_dim)},
            {"v_head_dim", to_string(c.v_head_dim)},
            {"moe_intermediate_size", to_string(c.moe_intermediate_size)},
            {"n_routed_experts", to_string(c.n_routed_experts)},
            {"n_shared_experts", to_string(c.n_shared_experts)},
            {"num_experts_per_tok", to_string(c.num_experts_per_tok)},
            {"max_position_embeddings", to_string(c.max_position_embeddings)},
            {"routed_scaling_factor", to_string(c.routed_scaling_factor)},
            {"rms_norm_eps", to_string(c.rms_norm_eps)},
            {"rope_theta", to_string(c.rope_theta)}};
  }
};

/// GPT-2 124M on 4 sequences of `length` tokens.
template <std::int64_t length>
struct Gpt2Case {
  using Model = hadal::Gpt2<float>;
  static constexpr const char* name = length == 64 ? "gpt2 124M, L 64" : "gpt2 124M, L 512";
  static constexpr std::int64_t B = 4, L = length;
  static constexpr int repeats = 5;
  static constexpr bool with_debian = length == 64, with_llm_c = length == 64;  // they take minutes on the long ones

  static hadal::Gpt2Config config() { return {}; }
  static std::int64_t vocabulary() { return config().vocab_size; }
  static Tensor<float> loss(const Model& model, const Tensor<std::int32_t>& window) { return model.loss(window); }

  /// As above: 12 C^2 weights in a layer and the head; the position table and biases do not multiply.
  static double operations() {
    const auto c = config();
    const auto weights = static_cast<double>(c.n_layer * 12 * c.n_embd * c.n_embd + c.n_embd * c.vocab_size);
    const double seen = static_cast<double>(c.n_layer * 2 * c.n_embd) * (L + 1) / 2;
    return 3 * 2.0 * B * L * (weights + seen);
  }
  static Metadata metadata() {
    const auto c = config();
    using std::to_string;
    return {{"model", "\"gpt2\""},
            {"vocab_size", to_string(c.vocab_size)},
            {"n_positions", to_string(c.n_positions)},
            {"n_embd", to_string(c.n_embd)},
            {"n_layer", to_string(c.n_layer)},
            {"n_head", to_string(c.n_head)},
            {"layer_norm_epsilon", "1e-5"}};
  }
};

}  // namespace bench
