// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/core/runtime.hpp>

using namespace hadal;

TEST_CASE("runtime: one for the process, with our pool until another executor is set") {
  CHECK(&runtime() == &runtime());
  CHECK(&executor() == &runtime().pool);
  struct One : Executor {
    void run(std::int64_t tasks, Body body, const void* context) override {
      for (std::int64_t i = 0; i < tasks; ++i) body(context, i);
    }
    int threads() const override { return 1; }
  } one;
  set_executor(&one);
  CHECK(threads() == 1);
  set_executor(nullptr);
  CHECK(&executor() == &runtime().pool);
}

TEST_CASE("runtime: the number of threads can be set") {
  const int before = threads();
  set_threads(3);
  CHECK(threads() == 3);
  set_threads(before);
}
