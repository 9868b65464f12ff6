// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/core/parallel.hpp>
#include <hadal/tensor/grad_mode.hpp>

#include <atomic>
#include <thread>

using namespace hadal;

TEST_CASE("grad mode: nests, belongs to its thread, and is off in pool tasks") {
  CHECK(grad_enabled());
  CHECK(no_grad([] { return 5; }) == 5);
  {
    GradMode off(false);
    CHECK(!grad_enabled());
    {
      GradMode on(true);
      CHECK(grad_enabled());
    }
    bool other = false;
    std::thread([&] { other = grad_enabled(); }).join();
    CHECK(other);
  }
  CHECK_THROWS_AS(no_grad([] { throw 1; }), int);
  CHECK(grad_enabled());
  const int before = threads();
  set_threads(2);
  std::atomic<int> recording{0};
  parallel_tasks(8, [&](std::int64_t) { recording += grad_enabled(); });
  set_threads(before);
  CHECK(recording == 0);
}
