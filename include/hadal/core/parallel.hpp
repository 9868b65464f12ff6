// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/runtime.hpp>

#include <cstdint>

namespace hadal {

namespace detail {

// The halves of the functions below that know no types, so that a body is compiled once, as a function of its own.

HADAL_NOINLINE inline void run_tasks(std::int64_t tasks, Executor::Body body, const void* context) {
  Executor& pool = executor();
  if (tasks > 1 && pool.threads() > 1 && !in_parallel()) return pool.run(tasks, body, context);
  for (std::int64_t i = 0; i < tasks; ++i) body(context, i);
}

struct Range {
  std::int64_t n, piece;
  void (*body)(const void* context, std::int64_t begin, std::int64_t end);
  const void* context;
};

HADAL_NOINLINE inline void run_range(Range r, std::int64_t grain) {
  if (grain < 1) grain = 1;
  const std::int64_t threads = executor().threads();
  if (r.n <= grain || threads <= 1 || in_parallel()) {
    if (r.n > 0) r.body(r.context, 0, r.n);
    return;
  }
  const std::int64_t most = (r.n + grain - 1) / grain;
  std::int64_t pieces = most < 4 * threads ? most : 4 * threads;
  if (pieces > threads) pieces -= pieces % threads;  // as many for each
  r.piece = (r.n + pieces - 1) / pieces;
  const auto task = [](const void* range, std::int64_t i) {
    const auto& [n, piece, body, context] = *static_cast<const Range*>(range);
    body(context, i * piece, (i + 1) * piece < n ? (i + 1) * piece : n);
  };
  run_tasks((r.n + r.piece - 1) / r.piece, task, &r);
}

}  // namespace detail

/// Calls f(task) for every task in 0 .. tasks-1, on all threads of the pool, and returns when all are done. Tasks may
/// run in any order, so each must write only what is its own. The first exception is thrown again in the caller.
/// A call from inside a task runs serially.
template <class F>
void parallel_tasks(std::int64_t tasks, const F& f) {
  detail::run_tasks(tasks, [](const void* body, std::int64_t task) { (*static_cast<const F*>(body))(task); }, &f);
}

/// Calls f(begin, end) over pieces of 0 .. n-1 of at least `grain` items. How the range is cut depends on the number
/// of threads: use it for work whose result per item does not depend on the cut, and `parallel_tasks` over blocks of a
/// fixed size for sums.
template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, const F& f) {
  const auto body = [](const void* context, std::int64_t begin, std::int64_t end) {
    (*static_cast<const F*>(context))(begin, end);
  };
  detail::run_range({n, n, body, &f}, grain);
}

}  // namespace hadal
