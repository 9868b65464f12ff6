// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/models/deepseek/config.hpp>

namespace hadal::test {

/// Width 4, one dense layer, one mixture of 2 of 4 experts, multi-token prediction; large weights.
inline DeepSeekConfig small_deepseek() {
  DeepSeekConfig c;
  c.vocab_size = 7;
  c.hidden_size = 4;
  c.num_hidden_layers = 2;
  c.num_attention_heads = 2;
  c.q_lora_rank = 3;
  c.kv_lora_rank = 3;
  c.qk_nope_head_dim = c.qk_rope_head_dim = c.v_head_dim = 2;
  c.intermediate_size = 5;
  c.moe_intermediate_size = 3;
  c.n_routed_experts = 4;
  c.n_shared_experts = 1;
  c.num_experts_per_tok = 2;
  c.first_k_dense_replace = 1;
  c.num_nextn_predict_layers = 1;
  c.max_position_embeddings = 16;
  c.aux_loss_alpha = 0.1;
  c.initializer_range = 0.5;
  return c;
}

}  // namespace hadal::test
