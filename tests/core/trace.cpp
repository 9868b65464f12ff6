// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/trace.hpp>

#include <string>
#include <vector>

using namespace hadal;

TEST_CASE("trace: a sink sees the ops that ran while it was installed") {
  struct List : trace::Sink {
    std::vector<trace::Event> events;
    void event(const trace::Event& e) override { events.push_back(e); }
  } outer, inner;
  { trace::Scope unseen("unseen", 1); }
  {
    trace::Install install(outer);
    { trace::Scope s("first", 10, 20); }
    {
      trace::Install nested(inner);
      trace::Scope s("second", 1);
    }
    { trace::Scope s("third", 5); }
  }
  { trace::Scope unseen("unseen", 1); }
  REQUIRE(outer.events.size() == 2);
  CHECK(std::string(outer.events[0].op) == "first");
  CHECK(outer.events[0].operations == 10);
  CHECK(outer.events[0].bytes == 20);
  CHECK(outer.events[0].seconds >= 0);
  CHECK(std::string(outer.events[1].op) == "third");
  CHECK(inner.events.size() == 1);
}
