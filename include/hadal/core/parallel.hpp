// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/runtime.hpp>

#include <cstdint>

namespace hadal {

/// Calls f(task) for every task in 0 .. tasks-1, on all threads of the pool, and returns when all are done. Tasks may
/// run in any order, so each must write only what is its own. The first exception is thrown again in the caller.
/// A call from inside a task runs serially.
template <class F>
void parallel_tasks(std::int64_t tasks, const F& f) {
  Executor& pool = executor();
  if (tasks <= 1 || pool.threads() <= 1 || in_parallel()) {
    for (std::int64_t i = 0; i < tasks; ++i) f(i);
    return;
  }
  pool.run(tasks, [](const void* body, std::int64_t task) { (*static_cast<const F*>(body))(task); }, &f);
}

/// Calls f(begin, end) over pieces of 0 .. n-1 of at least `grain` items. How the range is cut depends on the number
/// of threads: use it for work whose result per item does not depend on the cut, and `parallel_tasks` over blocks of a
/// fixed size for sums.
template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, const F& f) {
  if (grain < 1) grain = 1;
  const std::int64_t threads = executor().threads();
  if (n <= grain || threads <= 1 || in_parallel()) {
    if (n > 0) f(std::int64_t{0}, n);
    return;
  }
  const std::int64_t most = (n + grain - 1) / grain, pieces = most < 4 * threads ? most : 4 * threads;
  const std::int64_t size = (n + pieces - 1) / pieces;
  parallel_tasks((n + size - 1) / size, [&](std::int64_t i) { f(i * size, (i + 1) * size < n ? (i + 1) * size : n); });
}

}  // namespace hadal
