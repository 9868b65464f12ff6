// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/core/parallel.hpp>

#include <atomic>
#include <vector>

#include <pthread.h>
#include <sched.h>
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

#if defined(__linux__)
TEST_CASE("parallel: a worker that moves to a core of its own may still run on all") {
  const Threads scope(3);
  cpu_set_t allowed, here;
  REQUIRE(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  const pthread_t caller = pthread_self();
  int narrowed = 0, others = 0;
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> wrong{0}, workers{0};
    CPU_ZERO(&here);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &here);
    parallel_tasks(3, [&](std::int64_t) {
      cpu_set_t mine;
      wrong += sched_getaffinity(0, sizeof mine, &mine) != 0 || !CPU_EQUAL(&mine, &allowed);
      if (!pthread_equal(pthread_self(), caller)) {  // goes to sleep on the caller's core
        ++workers;
        wrong += sched_setaffinity(0, sizeof here, &here) != 0;
        wrong += sched_setaffinity(0, sizeof allowed, &allowed) != 0;
      }
      usleep(500);
    });
    narrowed += wrong;
    others += workers;
    usleep(500);
  }
  CHECK(narrowed == 0);
  CHECK(others > 0);
}
#endif

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
