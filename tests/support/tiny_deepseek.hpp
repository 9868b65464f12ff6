// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/models/deepseek/config.hpp>

/// The smallest model that has every part: a dense layer, a mixture, a query latent, the prediction module.
inline hadal::DeepSeekConfig tiny_deepseek() {
  hadal::DeepSeekConfig c;
  c.vocab_size = 11;
  c.hidden_size = 6;
  c.num_hidden_layers = 2;
  c.num_attention_heads = 2;
  c.q_lora_rank = 4;
  c.kv_lora_rank = 4;
  c.qk_nope_head_dim = 2;
  c.qk_rope_head_dim = 2;
  c.v_head_dim = 3;
  c.intermediate_size = 7;
  c.moe_intermediate_size = 5;
  c.n_routed_experts = 4;
  c.n_shared_experts = 1;
  c.num_experts_per_tok = 2;
  c.first_k_dense_replace = 1;
  c.num_nextn_predict_layers = 1;
  c.max_position_embeddings = 32;
  c.initializer_range = 0.3;
  return c;
}
