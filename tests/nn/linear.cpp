// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/linear.hpp>

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"

namespace linear_test {
using namespace hadal;
using test::distance, test::leaves, test::names;

TEST_CASE("linear: its formula with and without a bias, and gradients") {
  for (const bool with_bias : {false, true}) {
    auto m = Linear<double>::make(3, 4, Key{1}, 0.5, with_bias);
    if (with_bias) {
      CHECK(m.bias->to_vector() == std::vector<double>(4));
      m.bias = Tensor<double>::normal({4}, Key{2});
    }
    auto x = Tensor<double>::normal({2, 5, 3}, Key{3}).set_requires_grad();
    const auto y = m(x);
    CHECK(y.shape() == Shape{2, 5, 4});
    double expected = with_bias ? m.bias->at({1}) : 0;
    for (std::int64_t i = 0; i < 3; ++i) expected += x.at({1, 4, i}) * m.weight.at({1, i});
    CHECK(std::abs(y.at({1, 4, 1}) - expected) < 1e-14);
    const auto all = leaves<double>(m, {x});
    CHECK(all.size() == (with_bias ? 3 : 2));
    CHECK(grad_error([&] { return m(x); }, all) < 1e-6);
    CHECK(names(m) == (with_bias ? std::vector<std::string>{"weight", "bias"} : std::vector<std::string>{"weight"}));
    CHECK(forgotten_members(m).empty());
  }
}

TEST_CASE("linear: weights have the deviation asked for and follow the key") {
  const auto a = Linear<double>::make(64, 64, Key{4}, 0.1), b = Linear<double>::make(64, 64, Key{4}, 0.1);
  CHECK(distance(a.weight, b.weight) == 0);
  CHECK(distance(a.weight, Linear<double>::make(64, 64, Key{5}, 0.1).weight) > 0);
  double squares = 0;
  for (const double w : a.weight.to_vector()) squares += w * w;
  // The mean square of 4096 normal numbers scatters by sqrt(2 / 4096) = 0.022 of itself.
  CHECK(std::abs(squares / 4096 / 0.01 - 1) < 5 * 0.0221);
}

}  // namespace linear_test
