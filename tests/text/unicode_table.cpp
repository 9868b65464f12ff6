// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/unicode_table.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("unicode table: the runs cover every code point, and neighbours differ") {
  unsigned total = 0, length = 0;
  char last = 0;
  for (char c : unicode_runs) {
    if (c >= '0' && c <= '9') {
      length = 10 * length + static_cast<unsigned>(c - '0');
      continue;
    }
    if (last) total += length ? length : 1;
    CHECK(std::string_view("LlMmNnPpSsZzCc").find(c) != std::string_view::npos);
    CHECK(c != last);
    last = c, length = 0;
  }
  CHECK(total + length == 0x110000);
}
