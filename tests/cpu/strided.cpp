// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/strided.hpp>

#include <vector>

using namespace hadal;
using cpu::StridedLoop;

namespace {
StridedView<float> layout(const Shape& shape, const Shape& strides) { return {nullptr, shape, strides}; }
}  // namespace

TEST_CASE("dense operands become one row") {
  const auto a = layout({2, 3, 1, 5}, {15, 5, 5, 1});
  const StridedLoop<2> loop(a.shape, a, a);
  CHECK(loop.shape == Shape{30});
  CHECK(loop.step(0) == 1);
}

TEST_CASE("a bias along the last axis leaves two axes") {
  const auto a = layout({2, 3, 5}, {15, 5, 1});
  const auto bias = cpu::broadcast(layout({5}, {1}), a.shape);
  CHECK(bias.strides == Shape{0, 0, 1});
  const StridedLoop<2> loop(a.shape, a, bias);
  CHECK(loop.shape == Shape{6, 5});
  CHECK(loop.strides[1] == Shape{0, 1});
}

TEST_CASE("a scalar broadcasts to every shape and walks as one element") {
  const auto s = cpu::broadcast(layout({}, {}), Shape{4, 2});
  CHECK(s.shape == Shape{4, 2});
  CHECK(s.strides == Shape{0, 0});
  const StridedLoop<1> loop(Shape{1, 1}, layout({1, 1}, {9, 3}));
  CHECK(loop.shape == Shape{1});
  CHECK(loop.step(0) == 1);
}

TEST_CASE("rows are visited in order from any beginning") {
  const auto a = layout({2, 3, 4, 2}, {100, 10, 1, 50});
  const StridedLoop<1> loop(a.shape, a);
  REQUIRE(loop.shape.rows() == 24);
  std::vector<std::int64_t> expected;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) expected.push_back(100 * i + 10 * j + k);
  for (std::int64_t begin : {0, 1, 5, 23}) {
    std::vector<std::int64_t> seen;
    loop.rows(begin, 24, [&](const std::int64_t* at) { seen.push_back(at[0]); });
    CHECK(seen == std::vector<std::int64_t>(expected.begin() + begin, expected.end()));
  }
}

TEST_CASE("views of dense rows in strides") {
  const auto v = cpu::strided(View<float>{nullptr, {2, 3, 4}, 10});
  CHECK(v.strides == Shape{30, 10, 1});
  CHECK(cpu::strided(View<float>{nullptr, {2, 0}, 0}).strides == Shape{0, 1});
  CHECK(cpu::strided(View<float>{nullptr, {}, 1}).strides == Shape{});
}
