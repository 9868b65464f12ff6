// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/latent_cache.hpp>
#include <hadal/nn/linear.hpp>
#include <hadal/nn/norms.hpp>
#include <hadal/ops/attention.hpp>
#include <hadal/ops/concatenate.hpp>
#include <hadal/ops/matmul.hpp>
#include <hadal/ops/rope.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace hadal {

/// Sizes of a multi-head latent attention. Names follow the published configurations.
struct LatentAttentionConfig {
  std::int64_t hidden_size = 0;          // C
  std::int64_t num_attention_heads = 0;  // H
  std::int64_t q_lora_rank = 0;          // 0: queries without a latent
  std::int64_t kv_lora_rank = 0;         // R
  std::int64_t qk_nope_head_dim = 0, qk_rope_head_dim = 0, v_head_dim = 0;
  double softmax_scale = 0;  // 0: 1 / sqrt(qk_nope_head_dim + qk_rope_head_dim)
  double initializer_range = 0.02;
};

/// The form that computes L new tokens of a sequence sooner when they end up among S, in multiply-adds of a head:
///   naive     S R (dn + dv)  to write out keys and values,  and  dn + dr + dv  for each pair of a query and a key
///   absorbed  L R (dn + dv)  to move queries and sums,      and  2 R + dr      for each pair
/// What is written out is also moved through memory: `written` multiply-adds a number. Single tokens of a long sequence
/// are absorbed, whole prompts naive; between them it is 200 to 250 new tokens for DeepSeek's sizes. `written` is the
/// value for which this rule is nearest to what benchmarks/generate/crossover.cpp measures.
inline LatentForm cheaper_form(const LatentAttentionConfig& c, std::int64_t L, std::int64_t S) {
  constexpr double written = 64;
  const double R = static_cast<double>(c.kv_lora_rank), dn = static_cast<double>(c.qk_nope_head_dim),
               dr = static_cast<double>(c.qk_rope_head_dim), dv = static_cast<double>(c.v_head_dim);
  const double l = static_cast<double>(L), s = static_cast<double>(S), pairs = l * (s - l) + l * (l + 1) / 2;
  const double naive = s * (R * (dn + dv) + written * (dn + dr + dv)) + pairs * (dn + dr + dv);
  const double absorbed = l * R * (dn + dv) + pairs * (2 * R + dr);
  return naive <= absorbed ? LatentForm::naive : LatentForm::absorbed;
}

/// Multi-head latent attention (DeepSeek-V2, section 2.1). Keys and values of all heads come from one latent vector c
/// of R numbers per token; position enters through a rope key kr shared by all heads:
///   [c | kr] = W_a x,   c <- RMSNorm(c),   kr <- RoPE(kr),   [k_nope | v]_h = W_b,h c
///   q_h = [q_nope | RoPE(q_rope)],   k_h = [k_nope,h | kr],   y = W_o concat_h(softmax(scale q_h k_h^T) v_h)
/// The inner norms have eps 1e-6 whatever the model's norms have.
template <class T, class D>
struct LatentAttention {
  LatentAttentionConfig config;
  std::optional<Linear<T, D>> q_proj;          // (H (dn + dr), C), without a query latent
  std::optional<Linear<T, D>> q_a_proj;        // (Rq, C)
  std::optional<RmsNorm<T, D>> q_a_layernorm;  // (Rq)
  std::optional<Linear<T, D>> q_b_proj;        // (H (dn + dr), Rq)
  Linear<T, D> kv_a_proj_with_mqa;             // (R + dr, C)
  RmsNorm<T, D> kv_a_layernorm;                // (R)
  Linear<T, D> kv_b_proj;                      // (H (dn + dv), R)
  Linear<T, D> o_proj;                         // (C, H dv)

  static void visit(auto&& v, auto&... self) {
    v("q_proj", self.q_proj...);
    v("q_a_proj", self.q_a_proj...);
    v("q_a_layernorm", self.q_a_layernorm...);
    v("q_b_proj", self.q_b_proj...);
    v("kv_a_proj_with_mqa", self.kv_a_proj_with_mqa...);
    v("kv_a_layernorm", self.kv_a_layernorm...);
    v("kv_b_proj", self.kv_b_proj...);
    v("o_proj", self.o_proj...);
  }

  static LatentAttention make(const LatentAttentionConfig& c, Key key) {
    const std::int64_t H = c.num_attention_heads, dq = c.qk_nope_head_dim + c.qk_rope_head_dim;
    HADAL_CHECK(c.hidden_size > 0 && H > 0 && c.kv_lora_rank > 0 && c.qk_nope_head_dim > 0 && c.v_head_dim > 0,
                ConfigError, "latent attention: all sizes must be positive");
    HADAL_CHECK(c.qk_rope_head_dim > 0 && c.qk_rope_head_dim % 2 == 0, ConfigError,
                "latent attention: qk_rope_head_dim must be even and positive, got ", c.qk_rope_head_dim);
    const auto linear = [&](const char* name, std::int64_t in, std::int64_t out) {
      return Linear<T, D>::make(in, out, key.fold(name), c.initializer_range);
    };
    LatentAttention m;
    m.config = c;
    if (c.q_lora_rank > 0) {
      m.q_a_proj = linear("q_a_proj", c.hidden_size, c.q_lora_rank);
      m.q_a_layernorm = RmsNorm<T, D>::make(c.q_lora_rank);
      m.q_b_proj = linear("q_b_proj", c.q_lora_rank, H * dq);
    } else {
      m.q_proj = linear("q_proj", c.hidden_size, H * dq);
    }
    m.kv_a_proj_with_mqa = linear("kv_a_proj_with_mqa", c.hidden_size, c.kv_lora_rank + c.qk_rope_head_dim);
    m.kv_a_layernorm = RmsNorm<T, D>::make(c.kv_lora_rank);
    m.kv_b_proj = linear("kv_b_proj", c.kv_lora_rank, H * (c.qk_nope_head_dim + c.v_head_dim));
    m.o_proj = linear("o_proj", H * c.v_head_dim, c.hidden_size);
    return m;
  }

  double scale() const {
    return config.softmax_scale > 0
               ? config.softmax_scale
               : 1.0 / std::sqrt(static_cast<double>(config.qk_nope_head_dim + config.qk_rope_head_dim));
  }

  template <class A>
  struct Latent {
    Tensor<A, D> c;   // (B, S, R), normalised
    Tensor<A, D> kr;  // (B, S, 1, dr), rotated
  };
  /// What a token leaves behind for later ones.        x: (B, L, C)
  /// `where` are the tokens' positions (B, L), or the position of the first.
  template <class A, class P = std::int64_t>
  Latent<A> latent(const Tensor<A, D>& x, const RopeTable<Accumulator<A>, D>& table, const P& where = 0) const {
    const auto a = split(kv_a_proj_with_mqa(x), {config.kv_lora_rank, config.qk_rope_head_dim}, -1);
    return {kv_a_layernorm(a[0]), rope(a[1].unsqueeze(2), table, RopeLayout::interleaved, where)};
  }

  /// [q_nope | RoPE(q_rope)]      x: (B, L, C)  ->  (B, L, H, dn + dr)
  template <class A, class P = std::int64_t>
  Tensor<A, D> query(const Tensor<A, D>& x, const RopeTable<Accumulator<A>, D>& table, const P& where = 0) const {
    const std::int64_t dn = config.qk_nope_head_dim, dr = config.qk_rope_head_dim;
    const Tensor<A, D> q = q_proj ? (*q_proj)(x) : (*q_b_proj)((*q_a_layernorm)((*q_a_proj)(x)));
    return rope(q.reshape({x.shape(0), x.shape(1), config.num_attention_heads, dn + dr}), table,
                RopeLayout::interleaved, where, true);
  }

  /// Naive form: keys and values of every head are written out. For training and long prompts.
  template <class A>
  Tensor<A, D> naive(const Tensor<A, D>& q, const Latent<A>& kv, AttentionOptions<D> options = {}) const {
    const std::int64_t B = kv.c.shape(0), S = kv.c.shape(1), H = config.num_attention_heads;
    const std::int64_t dn = config.qk_nope_head_dim, dr = config.qk_rope_head_dim, dv = config.v_head_dim;
    const auto b = split(kv_b_proj(kv.c).reshape({B, S, H, dn + dv}), {dn, dv}, -1);
    const Tensor<A, D> k = concatenate(std::vector<Tensor<A, D>>{b[0], kv.kr.expand({B, S, H, dr})}, -1);
    options.scale = scale();
    const Tensor<A, D> y = attention(q, k, b[1], options);
    return o_proj(y.reshape({B, y.shape(1), H * dv}));
  }

  /// Absorbed form: the key half of W_b is moved to the query's side and the value half behind the sum, so that all
  /// heads attend to the latents themselves. `keys` are rows [c | kr] (B, S, R + dr). For decoding over a cache.
  ///   q_h . k_h = (U_h^T q_nope) . c + q_rope . kr,        sum p v_h = V_h (sum p c)
  template <class A>
  Tensor<A, D> absorbed(const Tensor<A, D>& q, const Tensor<A, D>& keys, AttentionOptions<D> options = {}) const {
    const Tensor<A, D> k = keys.unsqueeze(2);
    options.scale = scale();
    return from_latents(attention(to_latents(q), k, k.slice(-1, 0, config.kv_lora_rank), options));
  }

  /// x: (B, L, C) -> (B, L, C), every token seeing itself and those before it.
  template <class A>
  Tensor<A, D> operator()(const Tensor<A, D>& x, const RopeTable<Accumulator<A>, D>& table,
                          const AttentionOptions<D>& options = {}) const {
    return naive(query(x, table), latent(x, table), options);
  }

  /// The same for tokens that follow those in a cache, in the step's form. No gradient flows through a cache: throws
  /// GradError when one is wanted.
  template <class A>
  Tensor<A, D> operator()(const Tensor<A, D>& x, const RopeTable<Accumulator<A>, D>& table,
                          LatentLayerCache<A, D>& cache, const CacheStep<D>& step) const {
    HADAL_CHECK(!grad_enabled() || !x.requires_grad(), GradError,
                "latent attention: no gradient flows through a cache; call it under no_grad");
    HADAL_CHECK(x.rank() == 3 && x.shape().first(2) == step.shape(), ShapeError,
                "latent attention: x must be (B, L, C) of the step ", step.shape(), ", got ", x.shape());
    const std::int64_t R = config.kv_lora_rank, dr = config.qk_rope_head_dim;
    const Latent<A> kv = latent(x, table, step.positions);
    cache.store(step, kv.c, kv.kr);
    const Tensor<A, D> q = query(x, table, step.positions);
    if (step.form == LatentForm::absorbed) return from_latents(cache.attend(step, to_latents(q), scale()));
    const Tensor<A, D> rows = cache.load(step);
    AttentionOptions<D> options;
    options.end = step.end;
    return naive(q, {rows.slice(-1, 0, R), rows.slice(-1, R, R + dr).unsqueeze(2)}, options);
  }

 private:
  template <class A>
  static Tensor<A, D> by_head(const Tensor<A, D>& t) {  // (B, L, H, n) -> (H, B L, n)
    return t.permute({2, 0, 1, 3}).reshape({t.shape(2), t.shape(0) * t.shape(1), t.shape(3)});
  }
  template <class A>
  static Tensor<A, D> by_token(const Tensor<A, D>& t, std::int64_t B) {  // and back
    return t.reshape({t.shape(0), B, t.shape(1) / std::max<std::int64_t>(B, 1), t.shape(2)}).permute({1, 2, 0, 3});
  }
  /// W_b by head, (H, dn + dv, R): the first dn rows make keys, the others values.
  Tensor<T, D> up() const {
    return kv_b_proj.weight.reshape(
        {config.num_attention_heads, config.qk_nope_head_dim + config.v_head_dim, config.kv_lora_rank});
  }
  /// [U_h^T q_nope | q_rope] (B, L, H, R + dr)
  template <class A>
  Tensor<A, D> to_latents(const Tensor<A, D>& q) const {
    const std::int64_t dn = config.qk_nope_head_dim;
    const auto parts = split(q, {dn, config.qk_rope_head_dim}, -1);
    const Tensor<A, D> qa = by_token(matmul(by_head(parts[0]), up().slice(1, 0, dn)), q.shape(0));
    return concatenate(std::vector<Tensor<A, D>>{qa, parts[1]}, -1);
  }
  /// W_o concat_h(V_h z_h)        z: (B, L, H, R) -> (B, L, C)
  template <class A>
  Tensor<A, D> from_latents(const Tensor<A, D>& z) const {
    const std::int64_t dn = config.qk_nope_head_dim, dv = config.v_head_dim, B = z.shape(0), L = z.shape(1);
    const Tensor<A, D> y = by_token(matmul(by_head(z), up().slice(1, dn, dn + dv), false, true), B);
    return o_proj(y.reshape({B, L, config.num_attention_heads * dv}));
  }
};

}  // namespace hadal
