// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/core/thread_pool.hpp>

#include <thread>

using namespace hadal;

namespace {
void add_one(const void* context, std::int64_t) {
  ++*const_cast<std::atomic<int>*>(static_cast<const std::atomic<int>*>(context));
}
}  // namespace

TEST_CASE("thread pool: sleeps after a while and wakes again") {
  ThreadPool pool;
  pool.resize(3);
  std::atomic<int> n{0};
  for (int round = 0; round < 20; ++round) {
    pool.run(10, add_one, &n);
    if (round % 5 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(n == 200);
  pool.resize(1);
  pool.run(10, add_one, &n);
  CHECK(n == 210);
}

TEST_CASE("thread pool: several threads may call at once") {
  ThreadPool pool;
  pool.resize(2);
  std::atomic<int> n{0};
  std::thread other([&] { for (int i = 0; i < 50; ++i) pool.run(7, add_one, &n); });
  for (int i = 0; i < 50; ++i) pool.run(7, add_one, &n);
  other.join();
  CHECK(n == 700);
}
