// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/norms.hpp>

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"

namespace norms_test {
using namespace hadal;
using test::leaves, test::names;

TEST_CASE("rms norm: its formula with the eps given, gradients, names") {
  auto m = RmsNorm<double>::make(4, 0.5);
  CHECK(m.weight.to_vector() == std::vector<double>(4, 1.0));
  m.weight = Tensor<double>::normal({4}, Key{1});
  auto x = Tensor<double>::normal({2, 3, 4}, Key{2}).set_requires_grad();
  const auto y = m(x);
  double squares = 0;
  for (std::int64_t c = 0; c < 4; ++c) squares += x.at({1, 2, c}) * x.at({1, 2, c});
  for (std::int64_t c = 0; c < 4; ++c)
    CHECK(std::abs(y.at({1, 2, c}) - x.at({1, 2, c}) / std::sqrt(squares / 4 + 0.5) * m.weight.at({c})) < 1e-14);
  CHECK(grad_error([&] { return m(x); }, leaves<double>(m, {x})) < 1e-6);
  CHECK(names(m) == std::vector<std::string>{"weight"});
  CHECK(forgotten_members(m).empty());
}

TEST_CASE("layer norm: its formula with the eps given, gradients, names") {
  auto m = LayerNorm<double>::make(4, 0.5);
  CHECK(m.weight.to_vector() == std::vector<double>(4, 1.0));
  CHECK(m.bias.to_vector() == std::vector<double>(4, 0.0));
  m.weight = Tensor<double>::normal({4}, Key{1});
  m.bias = Tensor<double>::normal({4}, Key{2});
  auto x = Tensor<double>::normal({2, 3, 4}, Key{3}).set_requires_grad();
  const auto y = m(x);
  double mean = 0, squares = 0;
  for (std::int64_t c = 0; c < 4; ++c) mean += x.at({1, 2, c}) / 4;
  for (std::int64_t c = 0; c < 4; ++c) squares += (x.at({1, 2, c}) - mean) * (x.at({1, 2, c}) - mean);
  for (std::int64_t c = 0; c < 4; ++c) {
    const double normed = (x.at({1, 2, c}) - mean) / std::sqrt(squares / 4 + 0.5);
    CHECK(std::abs(y.at({1, 2, c}) - (normed * m.weight.at({c}) + m.bias.at({c}))) < 1e-14);
  }
  CHECK(grad_error([&] { return m(x); }, leaves<double>(m, {x})) < 1e-6);
  CHECK(names(m) == std::vector<std::string>{"weight", "bias"});
  CHECK(forgotten_members(m).empty());
}

}  // namespace norms_test
