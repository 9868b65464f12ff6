// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/key_ranges.hpp>

#include <doctest/doctest.h>

using namespace hadal;

namespace {
bool is(KeyRange r, std::int64_t first, std::int64_t end) { return r.first == first && r.end == end; }
}  // namespace

TEST_CASE("a causal query sees the keys up to its own position, otherwise all") {
  CHECK(is(KeyRanges{true, 0, {}, {}}(0, 2, 10), 0, 3));
  CHECK(is(KeyRanges{true, 5, {}, {}}(1, 2, 10), 0, 8));
  CHECK(is(KeyRanges{true, 5, {}, {}}(1, 7, 10), 0, 10));
  CHECK(is(KeyRanges{true, -3, {}, {}}(0, 1, 10), 0, 0));
  CHECK(is(KeyRanges{false, 5, {}, {}}(0, 2, 10), 0, 10));
}

TEST_CASE("tables replace their side of the rule and are cut to the keys there are") {
  const std::int32_t first[] = {-2, 1, 4, 9}, end[] = {3, 1, 99, 2};
  const View<const std::int32_t> f{first, {2, 2}, 2}, e{end, {2, 2}, 2};
  CHECK(is(KeyRanges{true, 0, f, {}}(0, 1, 10), 1, 2));
  CHECK(is(KeyRanges{true, 0, {}, e}(0, 0, 10), 0, 3));
  const KeyRanges both{true, 0, f, e};
  CHECK(is(both(0, 0, 10), 0, 3));
  CHECK(is(both(1, 0, 10), 4, 10));
  CHECK(both(0, 1, 10).first == both(0, 1, 10).end);
  CHECK(both(1, 1, 10).first == both(1, 1, 10).end);
}
