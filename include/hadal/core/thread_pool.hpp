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

/// The library's own threads. Each does its own share of the tasks first, then helps the others; after work they spin
/// for a fraction of a millisecond, then sleep.
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
    if (shares_.empty()) start();
    body_ = body;
    context_ = context;
    error_ = nullptr;
    const auto n = static_cast<std::int64_t>(shares_.size());
    for (std::int64_t i = 0; i < n; ++i) {
      Share& share = shares_[static_cast<std::size_t>(i)];
      share.next.store((tasks * i + n - 1) / n, std::memory_order_relaxed);
      share.end = (tasks * (i + 1) + n - 1) / n;
    }
    take_a_core(0);
    inside_.fetch_sub(closed, std::memory_order_release);
    next_round();
    work(0);
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
      p->shares_.clear();
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
    shares_ = std::vector<Share>(static_cast<std::size_t>(size_));
    for (Share& share : shares_) share.pool = this;
    for (int i = 1; i < size_; ++i) {
      const auto serve = [](void* own) -> void* {
        auto* share = static_cast<Share*>(own);
        share->pool->serve(static_cast<std::size_t>(share - share->pool->shares_.data()));
        return nullptr;
      };
      pthread_t worker;
      Share* own = &shares_[static_cast<std::size_t>(i)];
      if (pthread_create(&worker, nullptr, serve, own) != 0) break;  // the others do its share
      workers_.push_back(worker);
    }
  }

  void stop() {
    const Lock one_caller(callers_);
    stopping_ = true;
    next_round();
    for (pthread_t worker : workers_) pthread_join(worker, nullptr);
    workers_.clear();
    shares_.clear();
  }

  void next_round() {
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }

  /// Thread number `self` does its own share, then what is left of the others'.
  void work(std::size_t self) {
    detail::inside_parallel = true;
    for (std::size_t k = 0; k < shares_.size(); ++k) {
      Share& share = shares_[(self + k) % shares_.size()];
      for (std::int64_t i; (i = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end;) {
        try {
          body_(context_, i);
        } catch (...) {
          const Lock lock(errors_);
          if (!error_) error_ = std::current_exception();
          for (Share& s : shares_) s.next.store(s.end, std::memory_order_relaxed);
        }
      }
    }
    detail::inside_parallel = false;
  }

  void serve(std::size_t self) {
    for (std::int32_t seen = first_seen_;;) {
      const double until = seconds_now() + awake;
      while (round_.load(std::memory_order_acquire) == seen && seconds_now() < until) pause();
      round_.wait(seen, std::memory_order_acquire);
      seen = round_.load(std::memory_order_acquire);
      if (stopping_) return;
      take_a_core(self);
      if (inside_.fetch_add(1, std::memory_order_acq_rel) < closed) work(self);
      inside_.fetch_sub(1, std::memory_order_acq_rel);
    }
  }

  /// Notes where the calling thread runs. A worker that was woken on the core of another, as schedulers that save power
  /// do, would share it for many milliseconds: it moves to one that it may use and that no other was last seen on.
  void take_a_core([[maybe_unused]] std::size_t self) {
#if defined(__linux__)
    const auto seen = [&](std::size_t i) { return shares_[i].core.load(std::memory_order_relaxed); };
    const auto note = [&] { shares_[self].core.store(sched_getcpu(), std::memory_order_relaxed); };
    note();
    const int core = seen(self);
    bool shared = false;
    for (std::size_t i = 0; i < self; ++i) shared |= seen(i) == core;
    cpu_set_t allowed;
    if (!shared || core < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    cpu_set_t free = allowed;
    for (std::size_t i = 0; i < shares_.size(); ++i)
      if (seen(i) >= 0) CPU_CLR(static_cast<std::size_t>(seen(i)), &free);
    if (CPU_COUNT(&free) == 0 || sched_setaffinity(0, sizeof free, &free) != 0) return;
    sched_setaffinity(0, sizeof allowed, &allowed);
    note();
#endif
  }

  /// Seconds a worker waits for the next round before it sleeps: waking it takes tens of microseconds.
  static constexpr double awake = 200e-6;

  /// The tasks meant for one thread, on a cache line of its own. Neighbouring tasks use neighbouring memory, and the
  /// next round's often the same: a thread finds in its cache what it used before.
  struct alignas(64) Share {
    std::atomic<std::int64_t> next{0};
    std::int64_t end = 0;
    std::atomic<int> core{-1};  ///< where the thread was last seen
    ThreadPool* pool = nullptr;
  };

  int size_;
  std::vector<Share> shares_;
  std::vector<pthread_t> workers_;
  Mutex callers_, errors_;
  std::atomic<std::int32_t> round_{0};  // a change wakes the workers; of the size the system can wait for
  std::int32_t first_seen_ = 0;
  // Workers inside a round, plus `closed` when there is none: whoever wakes too late does not come in, and the caller
  // waits only for those inside.
  static constexpr int closed = 1 << 30;
  std::atomic<int> inside_{closed};
  Body body_ = nullptr;
  const void* context_ = nullptr;
  std::exception_ptr error_;
  std::atomic<bool> stopping_{false};  // read by workers that wake late
};

}  // namespace hadal
