// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/linear.hpp>
#include <hadal/ops/attention.hpp>
#include <hadal/ops/rope.hpp>

namespace hadal {

/// Sizes of a grouped-query attention.
struct GroupedQueryAttentionConfig {
  std::int64_t hidden_size = 0;          // C
  std::int64_t num_attention_heads = 0;  // H
  std::int64_t num_key_value_heads = 0;  // Hk, divides H; equal to H: plain multi-head attention
  std::int64_t head_dim = 0;             // Dh; 0: C / H
  bool bias = false;
  double initializer_range = 0.02;
};

/// Attention in which H / Hk query heads share each key and value head (Ainslie et al. 2023):
///   y = W_o concat_h(softmax(q_h k_g^T / sqrt(Dh)) v_g),   g = h / (H / Hk)        x: (B, L, C) -> (B, L, C)
template <class T, class D>
struct GroupedQueryAttention {
  GroupedQueryAttentionConfig config;
  Linear<T, D> q_proj;          // (H Dh, C)
  Linear<T, D> k_proj, v_proj;  // (Hk Dh, C)
  Linear<T, D> o_proj;          // (C, H Dh)

  static void visit(auto&& v, auto&... self) {
    v("q_proj", self.q_proj...);
    v("k_proj", self.k_proj...);
    v("v_proj", self.v_proj...);
    v("o_proj", self.o_proj...);
  }

  static GroupedQueryAttention make(GroupedQueryAttentionConfig c, Key key) {
    HADAL_CHECK(c.num_attention_heads > 0 && c.num_key_value_heads > 0 &&
                    c.num_attention_heads % c.num_key_value_heads == 0,
                ConfigError, "grouped-query attention: num_key_value_heads ", c.num_key_value_heads,
                " must divide num_attention_heads ", c.num_attention_heads);
    if (c.head_dim == 0) {
      HADAL_CHECK(c.hidden_size % c.num_attention_heads == 0, ConfigError, "grouped-query attention: hidden_size ",
                  c.hidden_size, " is not a multiple of num_attention_heads ", c.num_attention_heads);
      c.head_dim = c.hidden_size / c.num_attention_heads;
    }
    const auto linear = [&](const char* name, std::int64_t in, std::int64_t out) {
      return Linear<T, D>::make(in, out, key.fold(name), c.initializer_range, c.bias);
    };
    return {c, linear("q_proj", c.hidden_size, c.num_attention_heads * c.head_dim),
            linear("k_proj", c.hidden_size, c.num_key_value_heads * c.head_dim),
            linear("v_proj", c.hidden_size, c.num_key_value_heads * c.head_dim),
            linear("o_proj", c.num_attention_heads * c.head_dim, c.hidden_size)};
  }

  /// Without a table no position enters; with one, queries and keys are rotated (half-split, as Llama's weights are).
  template <class A>
  Tensor<A, D> operator()(const Tensor<A, D>& x, const RopeTable<Accumulator<A>, D>* table = nullptr,
                          const AttentionOptions<D>& options = {}) const {
    const std::int64_t B = x.shape(0), L = x.shape(1), Dh = config.head_dim;
    const auto heads = [&](const Linear<T, D>& proj, std::int64_t n) { return proj(x).reshape({B, L, n, Dh}); };
    Tensor<A, D> q = heads(q_proj, config.num_attention_heads), k = heads(k_proj, config.num_key_value_heads);
    if (table) {
      q = rope(q, *table, RopeLayout::half_split);
      k = rope(k, *table, RopeLayout::half_split);
    }
    const Tensor<A, D> y = attention(q, k, heads(v_proj, config.num_key_value_heads), options);
    return o_proj(y.reshape({B, L, config.num_attention_heads * Dh}));
  }
};

}  // namespace hadal
