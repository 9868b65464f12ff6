// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <golden/fixture.hpp>
#include <hadal/ops/functions.hpp>
#include <hadal/ops/softmax.hpp>
#include <hadal/ops/swiglu.hpp>

using namespace hadal;
using namespace hadal::test;

TEST_CASE("golden: softmax, log_softmax, gelu in both forms") {
  const auto error = [](const char* name, auto op) {
    const Fixture f(name);
    const auto x = f.leaf("x");
    return f.error(op(x), {{"x", x}});
  };
  CHECK(error("softmax", [](const auto& x) { return softmax(x); }) < golden);
  CHECK(error("log_softmax", [](const auto& x) { return log_softmax(x); }) < golden);
  CHECK(error("gelu", [](const auto& x) { return gelu(x); }) < golden);
  CHECK(error("gelu_tanh", [](const auto& x) { return gelu_tanh(x); }) < golden);
}

TEST_CASE("golden: swiglu") {
  const Fixture f("swiglu");
  const auto gate = f.leaf("gate"), up = f.leaf("up");
  CHECK(f.error(swiglu(gate, up), {{"gate", gate}, {"up", up}}) < golden);
}
