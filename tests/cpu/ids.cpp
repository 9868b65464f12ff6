// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/ids.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("ids: the first one out of range is named with its place and the limit") {
  const std::int32_t ids[] = {0, 4, -1, 5, 2};
  CHECK_NOTHROW(cpu::check_ids("embedding", "id", ids, 2, 5, "rows"));
  CHECK_THROWS_WITH_AS(cpu::check_ids("embedding", "id", ids, 5, 5, "rows"),
                       "embedding: id -1 at position 2 is out of range for 5 rows", IndexError);
  CHECK_THROWS_WITH_AS(cpu::check_ids("cross_entropy", "target", ids, 5, 5, "classes", -1),
                       "cross_entropy: target 5 at position 3 is out of range for 5 classes", IndexError);
  CHECK_NOTHROW(cpu::check_ids("embedding", "id", ids, 0, 0, "rows"));
}
