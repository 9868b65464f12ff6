// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/router.hpp>

#include <hadal/tensor/grad_check.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace router_test {
using namespace hadal;
using Indices = std::vector<std::int32_t>;

RouterConfig config(RouterPolicy policy, std::int64_t C = 1) {
  RouterConfig c;
  c.hidden_size = C;
  c.n_routed_experts = 8;
  c.num_experts_per_tok = 3;
  c.n_group = 4;
  c.topk_group = 2;
  c.policy = policy;
  return c;
}

/// A router whose logits are these for x = 1.
template <class T>
Router<T, Cpu> with_logits(const RouterConfig& c) {
  auto m = Router<T, Cpu>::make(c, Key{1});
  std::vector<T> w;
  for (double z : {0.5, -1., 2., 0., 1., 1.5, -.5, .3}) w.push_back(static_cast<T>(z));
  m.weight = Tensor<T>::from(w, {8, 1});
  return m;
}

template <class S>
void check_weights(const Tensor<S>& w, const std::vector<double>& expected, double tolerance) {
  const std::vector<S> got = w.to_vector();
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(static_cast<double>(got[i]) - expected[i]) < tolerance);
}

TEST_CASE("the published vectors of the two routers") {
  const auto one = Tensor<double>::ones({1, 1});
  auto c = config(SigmoidRouter{});
  c.routed_scaling_factor = 2.5;
  auto v3 = with_logits<double>(c);
  v3.e_score_correction_bias = Tensor<float>::from({0, .1f, -.6f, 0, 0, 0, .5f, .2f});
  auto r = v3(one);
  CHECK(r.indices.to_vector() == Indices{6, 5, 7});
  check_weights(r.weights, {.533383, 1.155055, .811562}, 6e-7);
  CHECK(r.scores.shape() == Shape{1, 8});

  c = config(SoftmaxRouter{});
  c.norm_topk_prob = false;
  c.routed_scaling_factor = 16;
  r = with_logits<double>(c)(one);
  CHECK(r.indices.to_vector() == Indices{2, 5, 4});
  check_weights(r.weights, {6.043594, 3.665625, 2.223314}, 6e-7);
}

TEST_CASE("softmax weights are normalised or scaled, sigmoid weights both") {
  const auto one = Tensor<double>::ones({1, 1});
  const auto sum = [&](const RouterConfig& c) {
    double y = 0;
    for (double w : with_logits<double>(c)(one).weights.to_vector()) y += w;
    return y;
  };
  auto c = config(SoftmaxRouter{});
  c.routed_scaling_factor = 2;
  CHECK(std::abs(sum(c) - 1) < 1e-14);
  c.num_experts_per_tok = 1;  // a single weight is never normalised, or it would have no gradient
  const double logits[] = {0.5, -1., 2., 0., 1., 1.5, -.5, .3};
  double all = 0;
  for (double z : logits) all += std::exp(z);
  CHECK(std::abs(sum(c) - 2 * std::exp(2.) / all) < 1e-14);
  c = config(SigmoidRouter{});
  c.routed_scaling_factor = 2;
  CHECK(std::abs(sum(c) - 2) < 1e-14);
  c.norm_topk_prob = false;
  c.n_group = c.topk_group = 1;
  double chosen = 0;
  for (double z : {2., 1.5, 1.}) chosen += 2 / (1 + std::exp(-z));
  CHECK(std::abs(sum(c) - chosen) < 1e-14);
}

TEST_CASE("half-width inputs are scored in float") {
  const auto r = with_logits<bf16>(config(SigmoidRouter{}))(Tensor<bf16>::full({1, 1}, 0.3));
  const float x = static_cast<float>(bf16(0.3f));
  CHECK(std::abs(r.scores.at({0, 2}) - 1 / (1 + std::exp(-2 * x))) < 1e-6f);
}

TEST_CASE("gradients of weights and scores reach input and gate") {
  for (const RouterPolicy& policy : {RouterPolicy(SoftmaxRouter{}), RouterPolicy(SigmoidRouter{})}) {
    auto m = Router<double, Cpu>::make(config(policy, 4), Key{3});
    m.weight = Tensor<double>::normal({8, 4}, Key{4}).set_requires_grad();
    auto x = Tensor<double>::normal({5, 4}, Key{5}).set_requires_grad();
    CHECK(grad_error([&] { return m(x).weights; }, std::vector{x, m.weight}) < 1e-6);
    CHECK(grad_error([&] { return m(x).scores; }, std::vector{x, m.weight}, Difference::richardson) < 1e-9);
  }
}

TEST_CASE("the bias is a saved buffer of the sigmoid router alone") {
  std::vector<std::string> trained, buffers;
  const auto note = [&](const Place& place, auto&) {
    (place.role == Role::buffer ? buffers : trained).push_back(place.name);
  };
  auto v2 = Router<float, Cpu>::make(config(SoftmaxRouter{}), Key{1});
  walk(note, v2);
  CHECK(trained == std::vector<std::string>{"weight"});
  CHECK(buffers.empty());
  auto v3 = Router<float, Cpu>::make(config(SigmoidRouter{}), Key{1});
  walk(note, v3);
  CHECK(buffers == std::vector<std::string>{"e_score_correction_bias"});
}

TEST_CASE("configurations that cannot work are refused when the router is made") {
  const auto refused = [](auto&& change) {
    RouterConfig c = config(SigmoidRouter{});
    change(c);
    CHECK_THROWS_AS((Router<float, Cpu>::make(c, Key{1})), ConfigError);
  };
  refused([](auto& c) { c.hidden_size = 0; });
  refused([](auto& c) { c.n_routed_experts = 0; });
  refused([](auto& c) { c.num_experts_per_tok = 0; });
  refused([](auto& c) { c.num_experts_per_tok = 9; });
  refused([](auto& c) { c.n_group = 3; });
  refused([](auto& c) { c.topk_group = 5; });
  refused([](auto& c) { c.topk_group = 1; });   // two experts for three choices
  refused([](auto& c) { c.n_group = c.topk_group = 0; });
  refused([](auto& c) { c.n_group = 8, c.topk_group = 4; });  // two best of a group of one
}

}  // namespace router_test
