// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/train/counter.hpp>

using namespace hadal;

TEST_CASE("OperationCounter sums the work of ops, by op") {
  OperationCounter counter;
  { const trace::Scope unheard("matmul", 100); }
  {
    const trace::Install install(counter);
    { const trace::Scope a("matmul", 100, 10); }
    { const trace::Scope b("norm", 5, 20); }
    { const trace::Scope c("matmul", 1, 2); }
  }
  CHECK(counter.total().calls == 3);
  CHECK(counter.total().operations == 106);
  CHECK(counter.total().bytes == 32);
  CHECK(counter.by_op().at("matmul").operations == 101);
  CHECK(counter.by_op().at("norm").calls == 1);
  CHECK(counter.total().seconds >= counter.by_op().at("norm").seconds);
  counter.reset();
  CHECK(counter.total().calls == 0);
  CHECK(counter.by_op().empty());
}
