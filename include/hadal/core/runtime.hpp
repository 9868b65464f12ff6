// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/allocator.hpp>
#include <hadal/core/thread_pool.hpp>

namespace hadal {

/// What the process shares: the threads and the memory caches. There is no numerical state here. It is never
/// destroyed, so storages may be freed at any time of the program's end.
struct Runtime {
  CachingAllocator cpu_memory;
  ThreadPool pool;
  Executor* executor = &pool;
};

HADAL_NOINLINE inline Runtime& runtime() {
  static Runtime* const instance = [] {
    auto* r = new Runtime;
    ThreadPool::restart_after_fork(&r->pool);
    return r;
  }();
  return *instance;
}

/// The executor in use.
inline Executor& executor() { return *runtime().executor; }

/// Replaces the thread pool by an executor of the caller's, which must outlive its use; null puts ours back.
/// Call while no work is running.
inline void set_executor(Executor* e) { runtime().executor = e ? e : &runtime().pool; }

/// Threads used by parallel work, the calling one included.
inline int threads() { return executor().threads(); }

/// Sets the number of threads of the library's own pool (at least 1). Call while no work is running.
inline void set_threads(int n) { runtime().pool.resize(n); }

}  // namespace hadal
