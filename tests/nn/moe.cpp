// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/nn/moe.hpp>

#include <hadal/ops/router_bias.hpp>
#include <hadal/tensor/grad_check.hpp>
#include <hadal/tensor/recompute.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace moe_test {
using namespace hadal;

MoEConfig config(std::int64_t E, std::int64_t K, std::int64_t shared = 1, RouterPolicy policy = SigmoidRouter{}) {
  MoEConfig c;
  c.hidden_size = 6;
  c.n_routed_experts = E;
  c.num_experts_per_tok = K;
  c.moe_intermediate_size = 5;
  c.n_shared_experts = shared;
  c.routed_scaling_factor = 1.5;
  c.policy = policy;
  c.initializer_range = 0.5;
  return c;
}

template <class T>
std::vector<Tensor<T>> parameters(MoE<T, Cpu>& m) {
  std::vector<Tensor<T>> list;
  walk([&]<class P>(const Place& place, P& t) {
    if constexpr (std::is_same_v<P, Tensor<T>>)
      if (place.role == Role::trained) list.push_back(t.set_requires_grad());
  }, m);
  return list;
}

/// One token through one expert, or the shared ones.
Tensor<double> feed_forward(const Tensor<double>& x, const Tensor<double>& gate, const Tensor<double>& up,
                            const Tensor<double>& down) {
  return linear(swiglu(linear(x, gate), linear(x, up)), down);
}

/// Runs the mixture and a loop over tokens and their experts, which never sorts anything, with the gradient dy, and
/// compares results, loads and the gradients of x and of every parameter.
void check_against_loop(MoE<double, Cpu> m, std::int64_t N) {
  const std::int64_t C = m.config.hidden_size, E = m.config.n_routed_experts, K = m.config.num_experts_per_tok;
  auto leaves = parameters(m);
  auto x = Tensor<double>::normal({N, C}, Key{7}).set_requires_grad();
  leaves.push_back(x);
  const auto dy = Tensor<double>::normal({N, C}, Key{8});

  const auto out = m(x);
  out.y.backward(dy);
  std::vector<std::vector<double>> grouped;
  for (auto& leaf : leaves) {
    REQUIRE(leaf.grad().defined());
    grouped.push_back(leaf.grad().to_vector());
    leaf.zero_grad();
  }

  std::vector<std::int32_t> load(static_cast<std::size_t>(E));
  for (std::int64_t n = 0; n < N; ++n) {
    const auto token = x.slice(0, n, n + 1);
    const auto routing = m.gate(token);
    auto y = Tensor<double>::zeros({1, C});
    for (std::int64_t k = 0; k < K; ++k) {
      const std::int32_t e = routing.indices.at({0, k});
      ++load[static_cast<std::size_t>(e)];
      const auto result =
          feed_forward(token, m.gate_proj.select(0, e), m.up_proj.select(0, e), m.down_proj.select(0, e));
      y = y + linear(routing.weights.slice(1, k, k + 1), result.transpose());
    }
    if (m.shared_experts)
      y = y + feed_forward(token, m.shared_experts->gate_proj.weight, m.shared_experts->up_proj.weight,
                           m.shared_experts->down_proj.weight);
    for (std::int64_t c = 0; c < C; ++c) CHECK(std::abs(out.y.at({n, c}) - y.at({0, c})) < 1e-13);
    y.backward(dy.slice(0, n, n + 1));
  }
  CHECK(out.load.to_vector() == load);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::vector<double> looped = leaves[i].grad().to_vector();
    double difference = 0, norm = 0;
    for (std::size_t j = 0; j < looped.size(); ++j) {
      difference += (grouped[i][j] - looped[j]) * (grouped[i][j] - looped[j]);
      norm += looped[j] * looped[j];
    }
    CAPTURE(i);
    // A normalised weight of one expert has no gradient: what is left is the rounding of terms of size 1.
    CHECK(std::sqrt(difference) <= 1e-13 * std::sqrt(norm) + 1e-14);
  }
}

TEST_CASE("grouped experts equal a loop over tokens") {
  for (const RouterPolicy& policy : {RouterPolicy(SigmoidRouter{}), RouterPolicy(SoftmaxRouter{})})
    for (const std::int64_t shared : {0, 2}) {
      check_against_loop(MoE<double, Cpu>::make(config(4, 2, shared, policy), Key{1}), 7);
      check_against_loop(MoE<double, Cpu>::make(config(3, 3, shared, policy), Key{2}), 5);  // K = E
    }
  auto grouped = config(8, 3);
  grouped.n_group = 4;
  grouped.topk_group = 2;
  check_against_loop(MoE<double, Cpu>::make(grouped, Key{4}), 6);
}

TEST_CASE("one expert, all tokens on one expert, experts without tokens") {
  check_against_loop(MoE<double, Cpu>::make(config(1, 1), Key{3}), 3);
  auto m = MoE<double, Cpu>::make(config(4, 1), Key{5});
  m.config.norm_topk_prob = m.gate.config.norm_topk_prob = false;  // a normalised single weight has no gradient
  m.gate.e_score_correction_bias = Tensor<float>::from({0, 0, 9, 0});
  CHECK(m(Tensor<double>::normal({5, 6}, Key{1})).load.to_vector() == std::vector<std::int32_t>{0, 0, 5, 0});
  check_against_loop(m, 5);
  const auto empty = m(Tensor<double>::empty({0, 6}));
  CHECK(empty.y.shape() == Shape{0, 6});
  CHECK(empty.load.to_vector() == std::vector<std::int32_t>(4));
}

TEST_CASE("gradients agree with finite differences") {
  auto m = MoE<double, Cpu>::make(config(4, 2), Key{6});
  auto leaves = parameters(m);
  auto x = Tensor<double>::normal({2, 3, 6}, Key{7}).set_requires_grad();
  leaves.push_back(x);
  CHECK(grad_error([&] { return m(x).y; }, leaves) < 1e-6);
  m.config.balance = {
      .sequence = 0.5, .expert = 0.25, .device = 0.5, .communication = 1, .devices = 2, .token_devices = 1};
  CHECK(grad_error([&] { return m(x).balance_loss; }, std::vector{x, m.gate.weight}) < 1e-6);
}

TEST_CASE("balance losses are those of the sequences of the batch") {
  auto m = MoE<double, Cpu>::make(config(4, 2), Key{6});
  const auto x = Tensor<double>::normal({2, 3, 6}, Key{7});
  CHECK_FALSE(m(x).balance_loss.defined());
  const auto r = m.gate(x.reshape({6, 6}));
  m.config.balance.sequence = 0.5;
  CHECK(m(x).balance_loss.item() == sequence_balance_loss(r.scores, 2, 2, 0.5).item());
  CHECK(m(x.reshape({6, 6})).balance_loss.item() == sequence_balance_loss(r.scores, 2, 1, 0.5).item());
  m.config.balance.per_sequence = false;  // the batch counts as one
  CHECK(m(x).balance_loss.item() == sequence_balance_loss(r.scores, 2, 1, 0.5).item());
  m.config.balance = {
      .sequence = 0, .expert = 0.25, .device = 0.5, .communication = 1, .devices = 2, .token_devices = 1};
  CHECK(m(x).balance_loss.item() == (auxiliary_balance_loss(r.scores, r.indices, 2, 0.25) +
                                     device_balance_loss(r.scores, r.indices, 2, 2, 0.5) +
                                     communication_balance_loss(r.scores, r.indices, 2, 2, 1, 1)).item());
}

TEST_CASE("moving the bias against the load balances the experts") {
  auto c = config(4, 1, 0);
  auto m = MoE<float, Cpu>::make(c, Key{9});
  const auto x = Tensor<float>::normal({256, 6}, Key{10}, 0.5);  // a common part makes favourites
  const float before = max_violation(m(x).load).item();
  for (int step = 0; step < 300; ++step) update_router_bias(*m.gate.e_score_correction_bias, m(x).load, 0.005);
  CHECK(before > 0.5f);
  CHECK(max_violation(m(x).load).item() < 0.15f);
}

TEST_CASE("a result depends on its token alone, and not on the threads") {
  const auto m = MoE<float, Cpu>::make(config(4, 2), Key{11});
  const auto x = Tensor<float>::normal({64, 6}, Key{12});
  const auto all = m(x).y;
  for (std::int64_t n : {0, 17, 63})
    CHECK(m(x.slice(0, n, n + 1)).y.to_vector() == all.slice(0, n, n + 1).to_vector());
  const int before = threads();
  set_threads(1);
  const auto serial = m(x).y.to_vector();
  set_threads(3);
  CHECK(m(x).y.to_vector() == serial);
  set_threads(before);
}

TEST_CASE("a mixture can be recomputed") {
  auto c = config(4, 2);
  c.balance.sequence = 0.5;
  auto m = MoE<double, Cpu>::make(c, Key{13});
  auto leaves = parameters(m);
  const auto x = Tensor<double>::normal({2, 3, 6}, Key{14});
  const auto run = [&](bool again) {
    for (auto& leaf : leaves) leaf.zero_grad();
    const auto out = again ? recompute(m, x) : m(x);
    out.y.backward(Tensor<double>::ones(x.shape()), true);
    out.balance_loss.backward();
    std::vector<std::vector<double>> result = {out.y.to_vector(), out.balance_loss.to_vector()};
    for (auto& leaf : leaves) result.push_back(leaf.grad().to_vector());
    return result;
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("half widths: bf16 weights under float and bf16 activations") {
  auto m = MoE<bf16, Cpu>::make(config(4, 2), Key{15});
  auto wide = MoE<float, Cpu>::make(config(4, 2), Key{15});
  walk([](const Place&, auto& to, auto& from) {
    using T = typename std::remove_reference_t<decltype(to)>::value_type;
    std::vector<T> v;
    for (auto w : from.to_vector()) v.push_back(static_cast<T>(w));
    to = Tensor<T>::from(v, from.shape());
  }, wide, m);
  const auto x = cast<float>(Tensor<bf16>::normal({5, 6}, Key{16}));
  const auto expected = wide(x).y.to_vector(), mixed = m(x).y.to_vector();
  const auto narrow = m(cast<bf16>(x)).y.to_vector();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(std::abs(mixed[i] - expected[i]) <= 1e-5f * (1 + std::abs(expected[i])));
    CHECK(std::abs(static_cast<float>(narrow[i]) - expected[i]) <= 0x1p-4f * (1 + std::abs(expected[i])));
  }
}

TEST_CASE("names are the published ones") {
  auto m = MoE<float, Cpu>::make(config(2, 1), Key{1});
  std::vector<std::string> names;
  walk([&](const Place& place, auto&) { names.push_back(place.stacked ? place.entry(1) : place.name); }, m);
  CHECK(names == std::vector<std::string>{
                     "gate.weight", "gate.e_score_correction_bias", "experts.1.gate_proj.weight",
                     "experts.1.up_proj.weight", "experts.1.down_proj.weight", "shared_experts.gate_proj.weight",
                     "shared_experts.up_proj.weight", "shared_experts.down_proj.weight"});
  CHECK(m.shared_experts->up_proj.weight.shape() == Shape{5, 6});
}

TEST_CASE("what does not fit is an error") {
  using M = MoE<float, Cpu>;
  const auto m = M::make(config(4, 2), Key{1});
  CHECK_THROWS_WITH_AS(m(Tensor<float>::ones({3, 5})), "moe: x must be (..., L, 6), got (3, 5)", ShapeError);
  CHECK_THROWS_AS(m(Tensor<float>::ones({6})), ShapeError);
  auto c = config(4, 2);
  c.moe_intermediate_size = 0;
  CHECK_THROWS_AS(M::make(c, Key{1}), ConfigError);
  CHECK_THROWS_AS(M::make(config(4, 2, -1), Key{1}), ConfigError);
  CHECK_THROWS_AS(M::make(config(4, 5), Key{1}), ConfigError);
}

}  // namespace moe_test
