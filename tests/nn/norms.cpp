// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/nn/norms.hpp>

#include <support/module_check.hpp>

using namespace hadal;

TEST_CASE("norms: gradients, and unit scale at the start") {
  auto x = Tensor<double>::normal({3, 4}, Key{1}).set_requires_grad();
  auto rms = RmsNorm<double>::make(4);
  auto layer = LayerNorm<double>::make(4);
  double squares = 0, sum = 0;
  for (double v : rms(x).slice(0, 1, 2).to_vector()) squares += v * v;
  for (double v : layer(x).slice(0, 1, 2).to_vector()) sum += v;
  CHECK(squares / 4 == doctest::Approx(1).epsilon(1e-5));
  CHECK(std::abs(sum) < 1e-12);
  CHECK(forgotten_members(rms).empty());
  CHECK(forgotten_members(layer).empty());
  CHECK(module_grad_error(rms, [&] { return rms(x); }, {x}) < 1e-6);
  CHECK(module_grad_error(layer, [&] { return layer(x); }, {x}) < 1e-6);
}
