// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/generate/request.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("request: statistics and ids") {
  DecodeStatistics s;
  CHECK(s.acceptance() == 0);
  CHECK(s.tokens_per_forward() == 0);
  s = {.forwards = 4, .rows = 8, .tokens = 14, .drafted = 8, .accepted = 6};
  CHECK(s.acceptance() == 0.75);
  CHECK(s.tokens_per_forward() == 1.75);
  const GeneratedText text{{{3, -1.0}, {4, -2.0}}, {}, {}, StopReason::callback};
  CHECK(text.ids() == std::vector<std::int32_t>{3, 4});
}
