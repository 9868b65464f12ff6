// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/clock.hpp>

#include <chrono>
#include <thread>

TEST_CASE("clock: measures seconds") {
  const double begin = hadal::seconds_now();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const double passed = hadal::seconds_now() - begin;
  CHECK(passed >= 0.005);
  CHECK(passed < 60);
}
