// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/cast.hpp>
#include <hadal/ops/functions.hpp>
#include <hadal/ops/linear.hpp>
#include <hadal/ops/route.hpp>
#include <hadal/ops/softmax.hpp>
#include <hadal/tensor/walk.hpp>

#include <optional>
#include <variant>

namespace hadal {

/// What a router decides for N tokens.
template <class S, class D>
struct Routing {
  Tensor<std::int32_t, D> indices;  // (N, K)
  Tensor<S, D> weights;             // (N, K)
  Tensor<S, D> scores;              // (N, E)
};

struct RouterConfig;

/// DeepSeek-V2: scores = softmax(logits); a group of experts is as good as its best; the weights are the chosen scores,
/// normalised or scaled, never both (arXiv 2405.04434, section 2.2).
struct SoftmaxRouter {
  static constexpr bool biased = false;
  static constexpr GroupScore group_score = GroupScore::maximum;

  template <class S, class D>
  Routing<S, D> operator()(const RouterConfig& config, const Tensor<S, D>& logits, const Tensor<float, D>& bias) const;
};

/// DeepSeek-V3: scores = sigmoid(logits); scores + bias choose; a group is as good as its two best together; the
/// weights are the chosen scores, normalised if asked, and scaled (arXiv 2412.19437, section 2.1.2).
struct SigmoidRouter {
  static constexpr bool biased = true;
  static constexpr GroupScore group_score = GroupScore::top_two_sum;

  template <class S, class D>
  Routing<S, D> operator()(const RouterConfig& config, const Tensor<S, D>& logits, const Tensor<float, D>& bias) const;
};

/// The ways to route. Another one is another struct like those above, added here.
using RouterPolicy = std::variant<SoftmaxRouter, SigmoidRouter>;

/// Sizes and rule of a router. Names follow the published configurations.
struct RouterConfig {
  std::int64_t hidden_size = 0;          // C
  std::int64_t n_routed_experts = 0;     // E
  std::int64_t num_experts_per_tok = 0;  // K
  std::int64_t n_group = 1, topk_group = 1;
  bool norm_topk_prob = true;
  double routed_scaling_factor = 1;
  RouterPolicy policy = SigmoidRouter{};
  double initializer_range = 0.02;
};

template <class S, class D>
Routing<S, D> SoftmaxRouter::operator()(const RouterConfig& c, const Tensor<S, D>& logits,
                                        const Tensor<float, D>& bias) const {
  const Tensor<S, D> scores = softmax(logits);
  const auto indices = choose_experts(scores, bias, c.num_experts_per_tok, c.n_group, c.topk_group, group_score);
  const bool normalise = c.norm_topk_prob && c.num_experts_per_tok > 1;
  return {indices, expert_weights(scores, indices, normalise ? 1.0 : c.routed_scaling_factor, normalise), scores};
}

template <class S, class D>
Routing<S, D> SigmoidRouter::operator()(const RouterConfig& c, const Tensor<S, D>& logits,
                                        const Tensor<float, D>& bias) const {
  const Tensor<S, D> scores = sigmoid(logits);
  const auto indices = choose_experts(scores, bias, c.num_experts_per_tok, c.n_group, c.topk_group, group_score);
  return {indices, expert_weights(scores, indices, c.routed_scaling_factor, c.norm_topk_prob), scores};
}

/// Chooses K of E experts for every token.        x: (N, C)
/// Logits and scores are float (double for double) whatever x is: near ties must not hang on rounding. The bias moves
/// by update_router_bias, between steps; it is no part of the graph.
template <class T, class D>
struct Router {
  RouterConfig config;
  Tensor<T, D> weight;                                      // (E, C)
  std::optional<Tensor<float, D>> e_score_correction_bias;  // (E), where the policy has one

  static void visit(auto&& v, auto&... self) {
    v("weight", self.weight...);
    v.buffer("e_score_correction_bias", self.e_score_correction_bias...);
  }

  static Router make(const RouterConfig& c, Key key) {
    const std::int64_t E = c.n_routed_experts;
    HADAL_CHECK(c.hidden_size > 0 && E > 0, ConfigError,
                "router: hidden_size and n_routed_experts must be positive, got ", c.hidden_size, " and ", E);
    HADAL_CHECK(c.num_experts_per_tok >= 1 && c.num_experts_per_tok <= E, ConfigError,
                "router: num_experts_per_tok must be in 1..", E, ", got ", c.num_experts_per_tok);
    HADAL_CHECK(c.n_group >= 1 && E % c.n_group == 0, ConfigError, "router: n_group must divide the ", E,
                " experts, got ", c.n_group);
    HADAL_CHECK(
        c.topk_group >= 1 && c.topk_group <= c.n_group && c.topk_group * (E / c.n_group) >= c.num_experts_per_tok,
        ConfigError, "router: topk_group must be in 1..", c.n_group, " and hold ", c.num_experts_per_tok,
        " experts in groups of ", E / c.n_group, ", got ", c.topk_group);
    const bool biased = std::visit([](const auto& policy) { return policy.biased; }, c.policy);
    const auto terms =
        std::visit([](const auto& policy) { return static_cast<std::int64_t>(policy.group_score); }, c.policy);
    HADAL_CHECK(c.topk_group == c.n_group || E / c.n_group >= terms, ConfigError,
                "router: groups are scored by their ", terms, " best experts, but have ", E / c.n_group);
    Router m{c, Tensor<T, D>::normal({E, c.hidden_size}, key.fold("weight"), 0, c.initializer_range), {}};
    if (biased) m.e_score_correction_bias = Tensor<float, D>::zeros({E});
    return m;
  }

  template <class A>
  Routing<Accumulator<A>, D> operator()(const Tensor<A, D>& x) const {
    const Tensor<Accumulator<A>, D> logits = linear(cast<Accumulator<A>>(x), weight);
    const Tensor<float, D> bias = e_score_correction_bias.value_or(Tensor<float, D>{});
    return std::visit([&](const auto& policy) { return policy(config, logits, bias); }, config.policy);
  }
};

}  // namespace hadal
