// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/feed_forward.hpp>
#include <hadal/nn/router.hpp>
#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/balance_loss.hpp>
#include <hadal/ops/dispatch.hpp>
#include <hadal/ops/expert_load.hpp>
#include <hadal/ops/packed_linear.hpp>

#include <algorithm>
#include <optional>

namespace hadal {

/// Weights of the balance losses (ops/balance_loss.hpp); 0 leaves a loss out.
struct BalanceConfig {
  double sequence = 0;                                    // DeepSeek-V3, eq. 17-20
  double expert = 0, device = 0, communication = 0;       // DeepSeek-V2, eq. 23-31
  std::int64_t devices = 1, token_devices = 1;            // for the last two
  bool per_sequence = true;                               // and averaged over them; else the batch counts as one
};

/// Sizes of a mixture of experts. Names follow the published configurations.
struct MoEConfig : RouterConfig {
  std::int64_t moe_intermediate_size = 0;  // F
  std::int64_t n_shared_experts = 0;       // one shared feed-forward of n_shared_experts * F
  BalanceConfig balance;
};

/// What a mixture returns. Loads are returned, not counted inside, so that computing a call again counts nothing twice.
template <class A, class D>
struct MoEOutput {
  Tensor<A, D> y;                          // as x
  Tensor<std::int32_t, D> load;            // (E): tokens per expert
  Tensor<Accumulator<A>, D> balance_loss;  // (): undefined when the configuration asks for none

  static void visit(auto&& v, auto&... self) {
    v("y", self.y...);
    v("load", self.load...);
    v("balance_loss", self.balance_loss...);
  }
};

/// Mixture of experts:  y = sum over the K chosen experts e of w_e W_down,e (silu(W_gate,e x) * W_up,e x) + shared(x)
///   x: (N, C), taken as one sequence, or (..., L, C)
/// Tokens are sorted by expert, so that each matrix is one grouped product. Source: DeepSeekMoE (arXiv 2401.06066).
template <class T, class D>
struct MoE {
  MoEConfig config;
  Router<T, D> gate;
  Weight<T, D> gate_proj;                            // (E, F, C)
  Weight<T, D> up_proj;                              // (E, F, C)
  Weight<T, D> down_proj;                            // (E, C, F)
  std::optional<FeedForward<T, D>> shared_experts;

  static void visit(auto&& v, auto&... self) {
    v("gate", self.gate...);
    v.stacked("experts", "gate_proj.weight", self.gate_proj...);
    v.stacked("experts", "up_proj.weight", self.up_proj...);
    v.stacked("experts", "down_proj.weight", self.down_proj...);
    v("shared_experts", self.shared_experts...);
  }

  /// Weights normal with deviation initializer_range. Throws ConfigError for sizes that do not fit together.
  static MoE make(const MoEConfig& c, Key key) {
    const std::int64_t E = c.n_routed_experts, F = c.moe_intermediate_size, C = c.hidden_size;
    HADAL_CHECK(F > 0 && c.n_shared_experts >= 0, ConfigError,
                "moe: moe_intermediate_size must be positive and n_shared_experts not negative, got ", F, " and ",
                c.n_shared_experts);
    const auto weights = [&](const char* name, const Shape& shape) {
      return Tensor<T, D>::normal(shape, key.fold("experts").fold(name), 0, c.initializer_range);
    };
    MoE m{c, Router<T, D>::make(c, key.fold("gate")), weights("gate_proj", {E, F, C}), weights("up_proj", {E, F, C}),
          weights("down_proj", {E, C, F}), {}};
    if (c.n_shared_experts > 0)
      m.shared_experts =
          FeedForward<T, D>::make(C, c.n_shared_experts * F, key.fold("shared_experts"), c.initializer_range);
    return m;
  }

  template <class A>
  MoEOutput<A, D> operator()(const Tensor<A, D>& x) const {
    HADAL_CHECK(x.rank() >= 2 && x.shape(-1) == config.hidden_size, ShapeError, "moe: x must be (..., L, ",
                config.hidden_size, "), got ", x.shape());
    const Tensor<A, D> tokens = x.reshape({x.shape().rows(), x.shape(-1)});
    const auto routing = gate(tokens);
    const ExpertPlan<D> plan = plan_experts(routing.indices, config.n_routed_experts);
    const Tensor<A, D> rows = dispatch(tokens, plan);
    Tensor<A, D> y = combine(experts(rows, plan.offsets), routing.weights, plan);
    if (shared_experts) y = (*shared_experts)(tokens, y);
    const std::int64_t B = x.shape().rows() / std::max<std::int64_t>(x.shape(-2), 1);
    return {y.reshape(x.shape()), expert_load(routing.indices, config.n_routed_experts),
            balance(routing, config.balance.per_sequence ? B : 1)};
  }

 private:
  template <class A>
  Tensor<A, D> experts(const Tensor<A, D>& rows, const Tensor<std::int32_t, D>& offsets) const {
    if (!gate_proj.packed && !up_proj.packed && !down_proj.packed)
      return feed_forward<A, T, D>(rows, gate_proj, up_proj, down_proj, {}, offsets);
    return grouped_linear(swiglu(grouped_linear(rows, gate_proj, offsets), grouped_linear(rows, up_proj, offsets)),
                          down_proj, offsets);
  }
  template <class S>
  Tensor<S, D> balance(const Routing<S, D>& r, std::int64_t B) const {
    const BalanceConfig& b = config.balance;
    Tensor<S, D> sum;
    const auto add = [&](const Tensor<S, D>& loss) { sum = sum.defined() ? sum + loss : loss; };
    if (b.sequence != 0) add(sequence_balance_loss(r.scores, config.num_experts_per_tok, B, b.sequence));
    if (b.expert != 0) add(auxiliary_balance_loss(r.scores, r.indices, B, b.expert));
    if (b.device != 0) add(device_balance_loss(r.scores, r.indices, B, b.devices, b.device));
    if (b.communication != 0)
      add(communication_balance_loss(r.scores, r.indices, B, b.devices, b.token_devices, b.communication));
    return sum;
  }
};

}  // namespace hadal
