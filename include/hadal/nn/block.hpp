// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/feed_forward.hpp>
#include <hadal/nn/latent_attention.hpp>
#include <hadal/nn/moe.hpp>
#include <hadal/ops/arithmetic.hpp>

#include <optional>

namespace hadal {

/// What a block returns beside its output: nothing of the mixture's when it is dense.
template <class A, class D>
struct BlockOutput {
  Tensor<A, D> x;                          // (B, L, C)
  Tensor<std::int32_t, D> load;            // (E), tokens per expert; undefined for a dense block
  Tensor<Accumulator<A>, D> balance_loss;  // scalar; undefined when there is none

  static void visit(auto&& v, auto&... self) {
    v("x", self.x...);
    v("load", self.load...);
    v("balance_loss", self.balance_loss...);
  }
};

/// One pre-norm layer of a DeepSeek model:
///   x <- x + attention(norm(x)),   x <- x + mlp(norm(x)),   mlp a mixture of experts or one feed-forward
template <class T, class D>
struct Block {
  RmsNorm<T, D> input_layernorm;  // (C)
  LatentAttention<T, D> self_attn;
  RmsNorm<T, D> post_attention_layernorm;  // (C)
  std::optional<FeedForward<T, D>> dense;
  std::optional<MoE<T, D>> moe;

  static void visit(auto&& v, auto&... self) {
    v("input_layernorm", self.input_layernorm...);
    v("self_attn", self.self_attn...);
    v("post_attention_layernorm", self.post_attention_layernorm...);
    v("mlp", self.dense...);
    v("mlp", self.moe...);
  }

  template <class A>
  BlockOutput<A, D> operator()(const Tensor<A, D>& x, const RopeTable<Accumulator<A>, D>& table,
                               const AttentionOptions<D>& options = {}) const {
    return mlp(x + self_attn(input_layernorm(x), table, options));
  }
  template <class A>
  BlockOutput<A, D> operator()(const Tensor<A, D>& x, const RopeTable<Accumulator<A>, D>& table,
                               LatentLayerCache<A, D>& cache, const CacheStep<D>& step) const {
    return mlp(x + self_attn(input_layernorm(x), table, cache, step));
  }

 private:
  template <class A>
  BlockOutput<A, D> mlp(const Tensor<A, D>& x) const {
    const Tensor<A, D> normed = post_attention_layernorm(x);
    if (dense) return {(*dense)(normed, x), {}, {}};
    const auto out = (*moe)(normed);
    return {x + out.y, out.load, out.balance_loss};
  }
};

}  // namespace hadal
