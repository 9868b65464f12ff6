// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/block.hpp>

namespace hadal::test {

/// A block of width 4 with large weights: 2 heads, a latent of 3, a rope key of 2; dense, or 2 of 4 experts and a
/// shared one.
template <class T>
Block<T, Cpu> small_block(bool mixture, Key key) {
  LatentAttentionConfig a;
  a.hidden_size = 4;
  a.num_attention_heads = 2;
  a.kv_lora_rank = 3;
  a.qk_nope_head_dim = a.qk_rope_head_dim = a.v_head_dim = 2;
  a.initializer_range = 0.5;
  Block<T, Cpu> b{RmsNorm<T>::make(4), LatentAttention<T>::make(a, key.fold("a")), RmsNorm<T>::make(4), {}, {}};
  if (!mixture) {
    b.dense = FeedForward<T>::make(4, 5, key.fold("b"), 0.5);
    return b;
  }
  MoEConfig c;
  c.hidden_size = 4;
  c.n_routed_experts = 4;
  c.num_experts_per_tok = 2;
  c.moe_intermediate_size = 3;
  c.n_shared_experts = 1;
  c.initializer_range = 0.5;
  c.balance.sequence = 0.1;
  b.moe = MoE<T>::make(c, key.fold("b"));
  return b;
}

}  // namespace hadal::test
