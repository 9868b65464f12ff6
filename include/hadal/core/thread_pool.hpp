// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/clock.hpp>
#include <hadal/core/error.hpp>
#include <hadal/core/mutex.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <new>
#include <vector>

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

namespace hadal {

/// Runs independent tasks. Replace it (see set_executor) to use an application's own threads.
class Executor {
 public:
  using Body = void (*)(const void* context, std::int64_t task);
  virtual ~Executor() = default;
  /// Calls body(context, i) once for every i in 0 .. tasks-1 and returns when all are done.
  virtual void run(std::int64_t tasks, Body body, const void* context) = 0;
  virtual int threads() const = 0;
};

namespace detail {
inline constinit thread_local bool inside_parallel = false;
}
/// True while the calling thread runs a task of the pool.
inline bool in_parallel() { return detail::inside_parallel; }

/// The library's own threads: they spin for a few tens of microseconds after work, then sleep.
class ThreadPool final : public Executor {
 public:
  ThreadPool() : size_(default_size()) {}
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() override { stop(); }

  int threads() const override { return size_; }

  void resize(int n) {
    HADAL_CHECK(n >= 1, ValueError, "set_threads: at least 1 thread, got ", n);
    stop();
    size_ = n;
  }

  void run(std::int64_t tasks, Body body, const void* context) override {
    const Lock one_caller(callers_);
    if (workers_.empty()) start();
    body_ = body;
    context_ = context;
    tasks_ = tasks;
    error_ = nullptr;
    next_.store(0, std::memory_order_relaxed);
    inside_.fetch_sub(closed, std::memory_order_release);
    next_round();
    work();
    inside_.fetch_add(closed, std::memory_order_acq_rel);
    for (int spins = 0; inside_.load(std::memory_order_acquire) != closed; ++spins) {
      if (spins > 2000) sched_yield();
      else pause();
    }
    if (error_) std::rethrow_exception(error_);
  }

  /// In a child made by fork() the workers are gone: the pool forgets them and starts new ones when next used.
  static void restart_after_fork(ThreadPool* pool) {
    forked_pool() = pool;
    pthread_atfork(nullptr, nullptr, [] {
      ThreadPool* p = forked_pool();
      const int size = p->size_;
      p->workers_.clear();
      p->inside_.store(closed, std::memory_order_relaxed);
      new (&p->callers_) Mutex;
      new (&p->errors_) Mutex;
      p->size_ = size;
      detail::inside_parallel = false;
    });
  }

 private:
  static int default_size() {
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? static_cast<int>(n) : 1;
  }
  static ThreadPool*& forked_pool() {
    static ThreadPool* pool = nullptr;
    return pool;
  }
  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    sched_yield();
#endif
  }

  void start() {
    stopping_ = false;
    first_seen_ = round_.load();
    for (int i = 1; i < size_; ++i) {
      const auto serve = [](void* self) -> void* {
        auto* pool = static_cast<ThreadPool*>(self);
        pool->serve(pool->first_seen_);
        return nullptr;
      };
      pthread_t worker;
      if (pthread_create(&worker, nullptr, serve, this) != 0) break;  // fewer threads do the same work
      workers_.push_back(worker);
    }
  }

  void stop() {
    const Lock one_caller(callers_);
    stopping_ = true;
    next_round();
    for (pthread_t worker : workers_) pthread_join(worker, nullptr);
    workers_.clear();
  }

  void next_round() {
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }

  void work() {
    detail::inside_parallel = true;
    for (std::int64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;) {
      try {
        body_(context_, i);
      } catch (...) {
        const Lock lock(errors_);
        if (!error_) error_ = std::current_exception();
        next_.store(tasks_, std::memory_order_relaxed);
      }
    }
    detail::inside_parallel = false;
  }

  void serve(std::int32_t seen) {
    for (;;) {
      const double until = seconds_now() + 40e-6;
      while (round_.load(std::memory_order_acquire) == seen && seconds_now() < until) pause();
      round_.wait(seen, std::memory_order_acquire);
      seen = round_.load(std::memory_order_acquire);
      if (stopping_) return;
      if (inside_.fetch_add(1, std::memory_order_acq_rel) < closed) work();
      inside_.fetch_sub(1, std::memory_order_acq_rel);
    }
  }

  int size_;
  std::vector<pthread_t> workers_;
  Mutex callers_, errors_;
  std::atomic<std::int32_t> round_{0};  // a change wakes the workers; of the size the system can wait for
  std::int32_t first_seen_ = 0;
  std::atomic<std::int64_t> next_{0};
  // Workers inside a round, plus `closed` when there is none: whoever wakes too late does not come in, and the caller
  // waits only for those inside.
  static constexpr int closed = 1 << 30;
  std::atomic<int> inside_{closed};
  std::int64_t tasks_ = 0;
  Body body_ = nullptr;
  const void* context_ = nullptr;
  std::exception_ptr error_;
  std::atomic<bool> stopping_{false};  // read by workers that wake late
};

}  // namespace hadal
