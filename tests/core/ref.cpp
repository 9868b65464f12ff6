// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/ref.hpp>

namespace {
struct Thing {
  std::atomic<int> references{1};
  int* gone;
};
void destroy(Thing* t) {
  ++*t->gone;
  delete t;
}
}  // namespace

TEST_CASE("ref: counts copies, moves and assignments") {
  int gone = 0;
  const auto make = [&] {
    auto* t = new Thing;
    t->gone = &gone;
    return hadal::Ref<Thing>(t);
  };
  {
    hadal::Ref<Thing> a = make(), b = a, c = std::move(b);
    CHECK(a == c);
    CHECK(!b);
    CHECK(a->references == 2);
    c = c;
    a = make();
    CHECK(gone == 0);
    CHECK(a.unique());
    c = {};
    CHECK(gone == 1);
  }
  CHECK(gone == 2);
}
