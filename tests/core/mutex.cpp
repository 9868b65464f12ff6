// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/core/mutex.hpp>

#include <thread>

using namespace hadal;

TEST_CASE("mutex: one thread at a time") {
  Mutex mutex;
  int n = 0;
  const auto count = [&] {
    for (int i = 0; i < 10000; ++i) {
      const Lock lock(mutex);
      ++n;
    }
  };
  std::thread other(count);
  count();
  other.join();
  CHECK(n == 20000);
}
