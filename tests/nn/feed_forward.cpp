// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/feed_forward.hpp>

#include <hadal/tensor/grad_check.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace feed_forward_test {
using namespace hadal;

TEST_CASE("the feed-forward is its formula, and its gradients are right") {
  auto m = FeedForward<double, Cpu>::make(3, 5, Key{1}, 0.5);
  auto x = Tensor<double>::normal({2, 2, 3}, Key{2}).set_requires_grad();
  const auto y = m(x);
  CHECK(y.shape() == Shape{2, 2, 3});
  for (std::int64_t t = 0; t < 4; ++t)
    for (std::int64_t c = 0; c < 3; ++c) {
      double expected = 0;
      for (std::int64_t f = 0; f < 5; ++f) {
        double gate = 0, up = 0;
        for (std::int64_t i = 0; i < 3; ++i) {
          gate += m.gate_proj.weight.at({f, i}) * x.at({t / 2, t % 2, i});
          up += m.up_proj.weight.at({f, i}) * x.at({t / 2, t % 2, i});
        }
        expected += m.down_proj.weight.at({c, f}) * gate / (1 + std::exp(-gate)) * up;
      }
      CHECK(std::abs(y.at({t / 2, t % 2, c}) - expected) < 1e-14);
    }
  std::vector<Tensor<double>> leaves = {x};
  walk([&](const Place&, auto& t) { leaves.push_back(t.set_requires_grad()); }, m);
  CHECK(leaves.size() == 4);
  CHECK(grad_error([&] { return m(x); }, leaves, Difference::richardson) < 1e-9);
}

TEST_CASE("names are the published ones; widths must be positive") {
  auto m = FeedForward<bf16, Cpu>::make(2, 3, Key{1});
  std::vector<std::string> names;
  walk([&](const Place& place, auto&) { names.push_back(place.name); }, m);
  CHECK(names == std::vector<std::string>{"gate_proj.weight", "up_proj.weight", "down_proj.weight"});
  using F = FeedForward<float, Cpu>;
  CHECK_THROWS_WITH_AS(F::make(0, 3, Key{1}), "feed-forward: widths must be positive, got 0 and 3", ConfigError);
  CHECK_THROWS_AS(F::make(2, -1, Key{1}), ConfigError);
}

}  // namespace feed_forward_test
