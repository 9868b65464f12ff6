// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <golden/fixture.hpp>
#include <hadal/ops/cross_entropy.hpp>
#include <hadal/ops/linear_cross_entropy.hpp>

using namespace hadal;
using namespace hadal::test;

TEST_CASE("golden: cross_entropy") {
  const Fixture f("cross_entropy");
  const auto x = f.leaf("x");
  CHECK(f.error(cross_entropy(x, f.tensor<std::int32_t>("targets")), {{"x", x}}) < golden);
}

TEST_CASE("golden: linear_cross_entropy") {
  const Fixture f("linear_cross_entropy");
  const auto x = f.leaf("x"), weight = f.leaf("weight");
  const auto y = linear_cross_entropy(x, weight, f.tensor<std::int32_t>("targets"));
  CHECK(f.error(y, {{"x", x}, {"weight", weight}}) < golden);
}
