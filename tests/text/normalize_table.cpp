// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/normalize_table.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace hadal;

TEST_CASE("normalize table: begins with the first decomposition and class, and ends with the last") {
  CHECK(unicode_decompositions.starts_with("C0=41+300 1=41+301 "));
  CHECK(unicode_decompositions.ends_with("1>2A600"));  // U+2FA1D
  CHECK(std::count(unicode_decompositions.begin(), unicode_decompositions.end(), ' ') == 2059);
  CHECK(unicode_combining_runs.starts_with("300 15*E6 "));  // U+0300 .. U+0314: class 230
}
