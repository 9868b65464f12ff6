#include <doctest/doctest.h>
#include <hadal/version.hpp>

TEST_CASE("the version is three small numbers") {
  CHECK(HADAL_VERSION_MAJOR >= 0);
  CHECK(HADAL_VERSION_MAJOR + HADAL_VERSION_MINOR + HADAL_VERSION_PATCH > 0);
  CHECK(HADAL_VERSION_MINOR < 100);
  CHECK(HADAL_VERSION_PATCH < 100);
}
