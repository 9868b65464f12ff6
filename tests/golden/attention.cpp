// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <golden/fixture.hpp>
#include <hadal/ops/attention.hpp>
#include <hadal/ops/matmul.hpp>
#include <hadal/ops/rope.hpp>

using namespace hadal;
using namespace hadal::test;

TEST_CASE("golden: matmul") {
  const Fixture f("matmul");
  const auto a = f.leaf("input"), b = f.leaf("other");
  CHECK(f.error(matmul(a, b), {{"input", a}, {"other", b}}) < golden);
}

TEST_CASE("golden: causal attention") {
  const Fixture f("attention");
  const auto q = f.leaf("q"), k = f.leaf("k"), v = f.leaf("v");
  CHECK(f.error(attention(q, k, v), {{"q", q}, {"k", k}, {"v", v}}) < golden);
}

TEST_CASE("golden: rope in both layouts") {
  for (auto layout : {RopeLayout::interleaved, RopeLayout::half_split}) {
    const Fixture f(layout == RopeLayout::interleaved ? "rope_interleaved" : "rope_half_split");
    const auto x = f.leaf("x");
    const auto table = rope_table<float, Cpu>(12, 16, f.constant("theta"));
    CHECK(f.error(rope(x, table, layout, static_cast<std::int64_t>(f.constant("offset"))), {{"x", x}}) < golden);
  }
}
