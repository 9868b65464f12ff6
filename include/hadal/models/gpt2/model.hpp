// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/embedding.hpp>
#include <hadal/nn/norms.hpp>
#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/attention.hpp>
#include <hadal/ops/concatenate.hpp>
#include <hadal/ops/functions.hpp>
#include <hadal/ops/packed_linear.hpp>
#include <hadal/ops/linear_cross_entropy.hpp>

#include <cmath>
#include <vector>

namespace hadal {

/// Sizes of a GPT-2, under the names of the published config.json; the defaults are the 124M model's.
struct Gpt2Config {
  std::int64_t vocab_size = 50257, n_positions = 1024, n_embd = 768, n_layer = 12, n_head = 12;
  double layer_norm_epsilon = 1e-5, initializer_range = 0.02;

  void check() const {
    HADAL_CHECK(vocab_size > 0 && n_positions > 0 && n_embd > 0 && n_layer >= 0 && n_head > 0, ConfigError,
                "gpt2: all sizes must be positive");
    HADAL_CHECK(n_embd % n_head == 0, ConfigError, "gpt2: n_embd ", n_embd, " is not a multiple of n_head ", n_head);
  }
};

/// y = x W + b, the weight stored as GPT-2 publishes it: (in, out).
template <class T, class D>
struct Gpt2Linear {
  Weight<T, D, true> weight;  // (in, out)
  Tensor<T, D> bias;          // (out)

  static void visit(auto&& v, auto&... self) {
    v("weight", self.weight...);
    v("bias", self.bias...);
  }
  static Gpt2Linear make(std::int64_t in, std::int64_t out, Key key, double deviation) {
    return {Tensor<T, D>::normal({in, out}, key.fold("weight"), 0, deviation), Tensor<T, D>::zeros({out})};
  }
  /// A residual (..., out) is added to y.
  Tensor<T, D> operator()(const Tensor<T, D>& x, const Tensor<T, D>& residual = {}) const {
    return linear(x, weight, bias, residual);
  }
};

/// One GPT-2 layer (Radford et al. 2019):   x <- x + attention(ln_1(x)),   x <- x + c_proj(gelu(c_fc(ln_2(x))))
template <class T, class D>
struct Gpt2Block {
  std::int64_t n_head = 1;
  LayerNorm<T, D> ln_1, ln_2;
  Gpt2Linear<T, D> c_attn, attn_proj, c_fc, mlp_proj;

  static void visit(auto&& v, auto&... self) {
    v("ln_1", self.ln_1...);
    v("attn.c_attn", self.c_attn...);
    v("attn.c_proj", self.attn_proj...);
    v("ln_2", self.ln_2...);
    v("mlp.c_fc", self.c_fc...);
    v("mlp.c_proj", self.mlp_proj...);
  }

  /// The projections that end in the residual start smaller, by 1 / sqrt(2 n_layer).
  static Gpt2Block make(const Gpt2Config& c, Key key) {
    const std::int64_t C = c.n_embd;
    const double s = c.initializer_range, end = s / std::sqrt(2.0 * static_cast<double>(c.n_layer));
    return {c.n_head,
            LayerNorm<T, D>::make(C, c.layer_norm_epsilon),
            LayerNorm<T, D>::make(C, c.layer_norm_epsilon),
            Gpt2Linear<T, D>::make(C, 3 * C, key.fold("c_attn"), s),
            Gpt2Linear<T, D>::make(C, C, key.fold("attn.c_proj"), end),
            Gpt2Linear<T, D>::make(C, 4 * C, key.fold("c_fc"), s),
            Gpt2Linear<T, D>::make(4 * C, C, key.fold("mlp.c_proj"), end)};
  }

  /// x: (B, L, C) -> (B, L, C)
  Tensor<T, D> operator()(const Tensor<T, D>& x) const {
    const std::int64_t B = x.shape(0), L = x.shape(1), C = x.shape(2), Dh = C / n_head;
    const auto qkv = split(c_attn(ln_1(x)).reshape({B, L, 3 * n_head, Dh}), {n_head, n_head, n_head}, 2);
    const Tensor<T, D> a = attn_proj(attention(qkv[0], qkv[1], qkv[2]).reshape({B, L, C}), x);
    return mlp_proj(gelu_tanh(c_fc(ln_2(a))), a);
  }
};

/// GPT-2, tensors named and shaped as published. The head is the token embedding.
template <class T, class D>
struct Gpt2 {
  Gpt2Config config;
  Embedding<T, D> wte, wpe;  // (V, C), (n_positions, C)
  std::vector<Gpt2Block<T, D>> h;
  LayerNorm<T, D> ln_f;

  static void visit(auto&& v, auto&... self) {
    v("wte", self.wte...);
    v("wpe", self.wpe...);
    v("h", self.h...);
    v("ln_f", self.ln_f...);
  }

  static Gpt2 make(const Gpt2Config& c, Key key) {
    c.check();
    Gpt2 m{c, Embedding<T, D>::make(c.vocab_size, c.n_embd, key.fold("wte"), c.initializer_range),
           Embedding<T, D>::make(c.n_positions, c.n_embd, key.fold("wpe"), c.initializer_range), {},
           LayerNorm<T, D>::make(c.n_embd, c.layer_norm_epsilon)};
    for (std::int64_t i = 0; i < c.n_layer; ++i)
      m.h.push_back(Gpt2Block<T, D>::make(c, key.fold("h").fold(static_cast<std::uint64_t>(i))));
    return m;
  }

  /// ids: (B, L) -> (B, L, C), after the final norm
  Tensor<T, D> hidden(const Tensor<std::int32_t, D>& ids) const {
    const std::int64_t L = ids.shape(1);
    HADAL_CHECK(L <= config.n_positions, ShapeError, "gpt2: ", L, " tokens exceed n_positions ", config.n_positions);
    Tensor<T, D> x = wte(ids) + wpe.weight.slice(0, 0, L);
    for (const auto& block : h) x = block(x);
    return ln_f(x);
  }
  /// ids: (B, L) -> (B, L, V)
  Tensor<T, D> logits(const Tensor<std::int32_t, D>& ids) const { return linear(hidden(ids), wte.weight); }

  /// Mean cross entropy of the next token, nats. window: (B, L + 1) consecutive tokens of each sequence.
  Tensor<Accumulator<T>, D> loss(const Tensor<std::int32_t, D>& window) const {
    const std::int64_t L = window.shape(1) - 1;
    HADAL_CHECK(L >= 1, ShapeError, "gpt2 loss: the window ", window.shape(), " must hold at least two tokens");
    return linear_cross_entropy(hidden(window.slice(1, 0, L)).reshape({-1, config.n_embd}), wte.weight,
                                window.slice(1, 1, L + 1).reshape({-1}));
  }
};

}  // namespace hadal
