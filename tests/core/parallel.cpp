// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/core/parallel.hpp>

#include <atomic>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace hadal;

namespace {
struct Threads {
  int before = threads();
  explicit Threads(int n) { set_threads(n); }
  ~Threads() { set_threads(before); }
};
}  // namespace

TEST_CASE("parallel: every item is visited once, for any thread count") {
  for (int n : {1, 2, 5}) {
    Threads scope(n);
    for (std::int64_t items : {0, 1, 7, 1000}) {
      std::vector<int> seen(static_cast<std::size_t>(items));
      parallel_for(items, 3, [&](std::int64_t b, std::int64_t e) {
        for (std::int64_t i = b; i < e; ++i) ++seen[static_cast<std::size_t>(i)];
      });
      for (int s : seen) CHECK(s == 1);
    }
    std::atomic<std::int64_t> sum{0};
    for (int round = 0; round < 200; ++round) parallel_tasks(9, [&](std::int64_t i) { sum += i; });
    CHECK(sum == 200 * 36);
  }
}

TEST_CASE("parallel: a call from inside a task runs serially") {
  Threads scope(3);
  std::atomic<int> inner{0};
  parallel_tasks(4, [&](std::int64_t) {
    CHECK(in_parallel());
    parallel_tasks(5, [&](std::int64_t) { ++inner; });
  });
  CHECK(inner == 20);
  CHECK(!in_parallel());
}

TEST_CASE("parallel: the first exception reaches the caller, and the pool works on") {
  Threads scope(2);
  CHECK_THROWS_WITH_AS(parallel_tasks(50, [](std::int64_t i) { if (i == 3) fail<ValueError>("task ", i); }), "task 3",
                       ValueError);
  std::atomic<int> n{0};
  parallel_tasks(50, [&](std::int64_t) { ++n; });
  CHECK(n == 50);
}

TEST_CASE("parallel: the pool can be replaced") {
  struct Counting : Executor {
    int calls = 0;
    void run(std::int64_t tasks, Body body, const void* context) override {
      ++calls;
      for (std::int64_t i = 0; i < tasks; ++i) body(context, i);
    }
    int threads() const override { return 4; }
  } mine;
  set_executor(&mine);
  int n = 0;
  parallel_tasks(10, [&](std::int64_t) { ++n; });
  set_executor(nullptr);
  CHECK(n == 10);
  CHECK(mine.calls == 1);
  CHECK_THROWS_AS(set_threads(0), ValueError);
}

#ifndef __SANITIZE_THREAD__
TEST_CASE("parallel: the pool works in a child after fork") {
  Threads scope(2);
  std::atomic<int> n{0};
  parallel_tasks(8, [&](std::int64_t) { ++n; });
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<int> m{0};
    parallel_tasks(8, [&](std::int64_t) { ++m; });
    _exit(m == 8 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif
