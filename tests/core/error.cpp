// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/error.hpp>

using namespace hadal;

TEST_CASE("error: messages join text, numbers and truth values") {
  CHECK(join("a", 3, ' ', -2.5, std::string("z"), true, std::int64_t{1} << 40) == "a3 -2.5ztrue1099511627776");
}

TEST_CASE("error: checks throw the named type and evaluate the message only then") {
  int built = 0;
  const auto part = [&] { return ++built; };
  HADAL_CHECK(true, ValueError, part());
  CHECK(built == 0);
  const auto broken = [&] { HADAL_CHECK(built > 5, ValueError, "op: built ", part()); };
  CHECK_THROWS_WITH_AS(broken(), "op: built 1", ValueError);
  CHECK_THROWS_AS(broken(), Error);
}
