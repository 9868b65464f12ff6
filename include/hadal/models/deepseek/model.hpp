// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/models/deepseek/config.hpp>
#include <hadal/nn/embedding.hpp>
#include <hadal/ops/linear_cross_entropy.hpp>
#include <hadal/ops/router_bias.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hadal {

/// What a pass through the layers returns.
template <class A, class D>
struct DeepSeekHidden {
  Tensor<A, D> x;                                // (B, L, C), after the final norm
  std::vector<Tensor<std::int32_t, D>> load;     // one (E) per mixture layer
  Tensor<Accumulator<A>, D> balance_loss;        // sum over layers; undefined when there is none
};

/// The training loss and its parts, scalars.
template <class S, class D>
struct DeepSeekLoss {
  Tensor<S, D> total;      // main + weight * next + balance
  Tensor<S, D> main;       // mean cross entropy of the next token, nats
  Tensor<S, D> next;       // of the token after that; undefined without multi-token prediction
  std::vector<Tensor<std::int32_t, D>> load;  // one (E) per mixture layer, the prediction module's last
};

/// How multi-token prediction enters the loss.
struct MultiTokenOptions {
  double weight = 0.3;  // lambda of DeepSeek-V3, section 2.2
  double share = 1.0;   // of the sequences that train the module; the rest cost nothing
};

/// A DeepSeek model: latent attention, mixtures of experts, multi-token prediction. Tensors are named and shaped as
/// published.
template <class T, class D>
struct DeepSeek {
  DeepSeekConfig config;
  Embedding<T, D> embed_tokens;                  // (V, C)
  std::vector<Block<T, D>> layers;
  RmsNorm<T, D> norm;                            // (C)
  std::optional<Linear<T, D>> lm_head;           // (V, C); absent when tied to embed_tokens
  std::optional<MultiTokenPrediction<T, D>> mtp; // published as one more layer
  RopeTable<Accumulator<T>, D> rope;

  static void visit(auto&& v, auto&... self) {
    v("model.embed_tokens", self.embed_tokens...);
    v("model.layers", self.layers...);
    v("model.norm", self.norm...);
    v("lm_head", self.lm_head...);
    const auto& head = std::get<0>(std::tie(self...));
    v("model.layers." + std::to_string(head.config.num_hidden_layers), self.mtp...);
    v.constant("rope", self.rope...);
  }

  static DeepSeek make(const DeepSeekConfig& c, Key key);

  const Tensor<T, D>& head() const { return lm_head ? lm_head->weight : embed_tokens.weight; }

  /// ids: (B, L) -> hidden states (B, L, C). `run(block, x)` calls one block; recompute goes there.
  template <class Run>
  DeepSeekHidden<T, D> hidden(const Tensor<std::int32_t, D>& ids, const Run& run) const {
    DeepSeekHidden<T, D> out{embed_tokens(ids), {}, {}};
    for (std::size_t i = 0; i < layers.size(); ++i) take(out, run(i, out.x));
    out.x = norm(out.x);
    return out;
  }
  DeepSeekHidden<T, D> hidden(const Tensor<std::int32_t, D>& ids, const AttentionOptions<D>& options = {}) const;
  /// The same for tokens that follow those in a cache; by default the next L of every slot.
  DeepSeekHidden<T, D> hidden(const Tensor<std::int32_t, D>& ids, LatentCache<T, D>& cache,
                              const CacheStep<D>& step) const;
  DeepSeekHidden<T, D> hidden(const Tensor<std::int32_t, D>& ids, LatentCache<T, D>& cache) const {
    return hidden(ids, cache, cache.step(ids.shape(1)));
  }
  /// What multi-token prediction makes of the hidden states of tokens i and the tokens i + 1, over a cache of its own.
  /// hidden: (B, L, C)  next: (B, L)  ->  x (B, L, C), from which `logits` predicts tokens i + 2
  BlockOutput<T, D> draft(const Tensor<T, D>& hidden, const Tensor<std::int32_t, D>& next, LatentCache<T, D>& cache,
                          const CacheStep<D>& step) const;

  /// hidden (..., C) -> logits (..., V)
  Tensor<T, D> logits(const Tensor<T, D>& hidden) const {
    return lm_head ? (*lm_head)(hidden) : linear(hidden, embed_tokens.weight);
  }
  /// The same in the type that sums are kept in: bit for bit those that the loss is computed from.
  Tensor<Accumulator<T>, D> wide_logits(const Tensor<T, D>& hidden) const {
    const Tensor<Accumulator<T>, D> wide = cast<Accumulator<T>>(hidden);
    return lm_head ? (*lm_head)(wide) : linear(wide, embed_tokens.weight);
  }

  /// An empty cache for up to `capacity` tokens of each of `slots` sequences.
  LatentCache<T, D> make_cache(std::int64_t slots, std::int64_t capacity,
                               CacheFormat format = CacheFormat::full) const {
    return make_cache(config.num_hidden_layers, slots, capacity, format);
  }
  /// The same for the prediction module. Throws ConfigError when the model has none.
  LatentCache<T, D> make_draft_cache(std::int64_t slots, std::int64_t capacity,
                                     CacheFormat format = CacheFormat::full) const {
    HADAL_CHECK(mtp, ConfigError, "make_draft_cache: the model has no layer of multi-token prediction");
    return make_cache(1, slots, capacity, format);
  }

  /// The form of attention that computes L new tokens of a sequence of S sooner.
  LatentForm cheaper_form(std::int64_t L, std::int64_t S) const {
    return hadal::cheaper_form(config.attention(), L, S);
  }

  /// Tokens a training window needs beyond the L it predicts from: 1, and 1 more with multi-token prediction.
  std::int64_t lookahead() const { return mtp ? 2 : 1; }

  /// window: (B, L + lookahead()) consecutive tokens of each sequence. The last one is a target only, and
  /// ignored where it is -100. All others are inputs too.
  DeepSeekLoss<Accumulator<T>, D> loss(const Tensor<std::int32_t, D>& window,
                                       const MultiTokenOptions& options = {}) const;

  /// Parameters that work for one token: without the experts it does not choose and the prediction module.
  std::int64_t active_parameters() const {
    const std::string module = "model.layers." + std::to_string(config.num_hidden_layers) + ".";
    std::int64_t n = 0;
    walk([&](const Place& place, const TensorBase& t) {
      if (place.role != Role::trained || place.name.starts_with(module)) return;
      n += place.stacked ? t.size() / config.n_routed_experts * config.num_experts_per_tok : t.size();
    }, *this);
    return n;
  }

  /// Moves the routers' biases against the loads of a whole step, summed over its batches: once after each step. See
  /// update_router_bias. Throws ValueError when the routers have none.
  void update_biases(const std::vector<Tensor<std::int32_t, D>>& load, double gamma, bool mean_corrected = false) {
    const auto list = mixtures();
    HADAL_CHECK(load.size() <= list.size(), ShapeError, "update_biases: ", load.size(), " loads for ", list.size(),
                " mixtures");
    for (std::size_t i = 0; i < load.size(); ++i) {
      auto& bias = list[i]->gate.e_score_correction_bias;
      HADAL_CHECK(bias, ValueError, "update_biases: routers of scoring_func \"", config.scoring_func,
                  "\" have no bias");
      update_router_bias(*bias, load[i], gamma, mean_corrected);
    }
  }

  /// The mixtures, in the order of the loads that `loss` returns.
  std::vector<MoE<T, D>*> mixtures() {
    std::vector<MoE<T, D>*> list;
    for (auto& layer : layers)
      if (layer.moe) list.push_back(&*layer.moe);
    if (mtp && mtp->block.moe) list.push_back(&*mtp->block.moe);
    return list;
  }

 private:
  LatentCache<T, D> make_cache(std::int64_t layers, std::int64_t slots, std::int64_t capacity,
                               CacheFormat format) const {
    HADAL_CHECK(capacity <= config.max_position_embeddings, ValueError, "make_cache: ", capacity,
                " tokens exceed max_position_embeddings ", config.max_position_embeddings);
    return LatentCache<T, D>::make(layers, slots, capacity, config.kv_lora_rank, config.qk_rope_head_dim, format);
  }

  static Block<T, D> make_block(const DeepSeekConfig& c, bool mixture, Key key) {
    Block<T, D> b;
    b.input_layernorm = RmsNorm<T, D>::make(c.hidden_size, c.rms_norm_eps);
    b.self_attn = LatentAttention<T, D>::make(c.attention(), key.fold("self_attn"));
    b.post_attention_layernorm = RmsNorm<T, D>::make(c.hidden_size, c.rms_norm_eps);
    if (mixture) b.moe = MoE<T, D>::make(c.mixture(), key.fold("mlp"));
    else b.dense = FeedForward<T, D>::make(c.hidden_size, c.intermediate_size, key.fold("mlp"), c.initializer_range);
    return b;
  }

  static void take(DeepSeekHidden<T, D>& out, const BlockOutput<T, D>& block) {
    out.x = block.x;
    if (block.load.defined()) out.load.push_back(block.load);
    if (block.balance_loss.defined())
      out.balance_loss = out.balance_loss.defined() ? out.balance_loss + block.balance_loss : block.balance_loss;
  }
};

// Bodies apart from the class are not compiled by a program whose library holds them (hadal::compiled).

template <class T, class D>
DeepSeek<T, D> DeepSeek<T, D>::make(const DeepSeekConfig& c, Key key) {
  c.check();
  DeepSeek m;
  m.config = c;
  m.embed_tokens = Embedding<T, D>::make(c.vocab_size, c.hidden_size, key.fold("embed_tokens"), c.initializer_range);
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i)
    m.layers.push_back(make_block(c, c.is_moe_layer(i), key.fold("layers").fold(static_cast<std::uint64_t>(i))));
  m.norm = RmsNorm<T, D>::make(c.hidden_size, c.rms_norm_eps);
  if (!c.tie_word_embeddings)
    m.lm_head = Linear<T, D>::make(c.hidden_size, c.vocab_size, key.fold("lm_head"), c.initializer_range);
  if (c.num_nextn_predict_layers > 0) {
    const Key k = key.fold("mtp");
    m.mtp = MultiTokenPrediction<T, D>{
        RmsNorm<T, D>::make(c.hidden_size, c.rms_norm_eps), RmsNorm<T, D>::make(c.hidden_size, c.rms_norm_eps),
        Linear<T, D>::make(2 * c.hidden_size, c.hidden_size, k.fold("eh_proj"), c.initializer_range),
        make_block(c, c.is_moe_layer(c.num_hidden_layers), k), RmsNorm<T, D>::make(c.hidden_size, c.rms_norm_eps)};
  }
  m.rope = rope_table<Accumulator<T>, D>(c.qk_rope_head_dim, c.max_position_embeddings, c.rope_theta, c.rope_scaling);
  return m;
}

template <class T, class D>
DeepSeekHidden<T, D> DeepSeek<T, D>::hidden(const Tensor<std::int32_t, D>& ids,
                                            const AttentionOptions<D>& options) const {
  return hidden(ids, [&](std::size_t i, const Tensor<T, D>& x) { return layers[i](x, rope, options); });
}

template <class T, class D>
DeepSeekHidden<T, D> DeepSeek<T, D>::hidden(const Tensor<std::int32_t, D>& ids, LatentCache<T, D>& cache,
                                            const CacheStep<D>& step) const {
  const auto out = hidden(ids, [&](std::size_t i, const Tensor<T, D>& x) {
    return layers[i](x, rope, cache.layers[i], step);
  });
  cache.advance(step);
  return out;
}

template <class T, class D>
BlockOutput<T, D> DeepSeek<T, D>::draft(const Tensor<T, D>& hidden, const Tensor<std::int32_t, D>& next,
                                        LatentCache<T, D>& cache, const CacheStep<D>& step) const {
  const auto out = (*mtp)(hidden, embed_tokens(next), rope, cache.layers[0], step);
  cache.advance(step);
  return out;
}

template <class T, class D>
DeepSeekLoss<Accumulator<T>, D> DeepSeek<T, D>::loss(const Tensor<std::int32_t, D>& window,
                                                     const MultiTokenOptions& options) const {
  const std::int64_t B = window.shape(0), L = window.shape(1) - lookahead(), C = config.hidden_size;
  HADAL_CHECK(L >= 1, ShapeError, "deepseek loss: the window ", window.shape(), " must hold more than ", lookahead(),
              " tokens");
  const DeepSeekHidden<T, D> h = hidden(window.slice(1, 0, L));
  const auto cross_entropy_of = [&](const Tensor<T, D>& x, const Tensor<std::int32_t, D>& targets) {
    return linear_cross_entropy(x.reshape({-1, C}), head(), targets.reshape({-1}));
  };
  DeepSeekLoss<Accumulator<T>, D> out;
  out.load = h.load;
  out.main = cross_entropy_of(h.x, window.slice(1, 1, L + 1));
  out.total = out.main;
  if (h.balance_loss.defined()) out.total = out.total + h.balance_loss;
  const std::int64_t b = std::min(B, static_cast<std::int64_t>(std::ceil(options.share * static_cast<double>(B))));
  if (mtp && b > 0) {
    const Tensor<std::int32_t, D> part = window.slice(0, 0, b);
    BlockOutput<T, D> n = (*mtp)(h.x.slice(0, 0, b), embed_tokens(part.slice(1, 1, L + 1)), rope);
    out.next = cross_entropy_of(n.x, part.slice(1, 2, L + 2));
    out.total = out.total + out.next * options.weight;
    if (n.load.defined()) out.load.push_back(n.load);
    if (n.balance_loss.defined()) out.total = out.total + n.balance_loss;
  }
  return out;
}

}  // namespace hadal
