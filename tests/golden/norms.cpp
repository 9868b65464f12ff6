// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <golden/fixture.hpp>
#include <hadal/ops/layer_norm.hpp>
#include <hadal/ops/rms_norm.hpp>

using namespace hadal;
using namespace hadal::test;

TEST_CASE("golden: rms_norm") {
  const Fixture f("rms_norm");
  const auto x = f.leaf("x"), weight = f.leaf("weight");
  CHECK(f.error(rms_norm(x, weight, f.constant("eps")), {{"x", x}, {"weight", weight}}) < golden);
}

TEST_CASE("golden: layer_norm") {
  const Fixture f("layer_norm");
  const auto x = f.leaf("x"), weight = f.leaf("weight"), bias = f.leaf("bias");
  const auto y = layer_norm(x, weight, bias, f.constant("eps"));
  CHECK(f.error(y, {{"x", x}, {"weight", weight}, {"bias", bias}}) < golden);
}
