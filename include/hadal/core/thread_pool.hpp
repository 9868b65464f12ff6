// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include <pthread.h>

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
    std::lock_guard<std::mutex> one_caller(callers_);
    if (workers_.empty()) start();
    body_ = body;
    context_ = context;
    tasks_ = tasks;
    error_ = nullptr;
    next_.store(0, std::memory_order_relaxed);
    busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    {
      std::lock_guard<std::mutex> lock(sleep_);
      round_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    work();
    for (int spins = 0; busy_.load(std::memory_order_acquire) != 0; ++spins) {
      if (spins > 2000) std::this_thread::yield();
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
      for (auto& worker : p->workers_) worker.detach();
      p->workers_.clear();
      new (&p->callers_) std::mutex;
      new (&p->sleep_) std::mutex;
      new (&p->wake_) std::condition_variable;
      p->size_ = size;
      detail::inside_parallel = false;
    });
  }

 private:
  static int default_size() {
    const unsigned n = std::thread::hardware_concurrency();
    return n ? static_cast<int>(n) : 1;
  }
  static ThreadPool*& forked_pool() {
    static ThreadPool* pool = nullptr;
    return pool;
  }
  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
  }

  void start() {
    stopping_ = false;
    const std::uint64_t round = round_.load();
    for (int i = 1; i < size_; ++i) workers_.emplace_back([this, round] { serve(round); });
  }

  void stop() {
    std::lock_guard<std::mutex> one_caller(callers_);
    {
      std::lock_guard<std::mutex> lock(sleep_);
      stopping_ = true;
      round_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (auto& worker : workers_) worker.join();
    workers_.clear();
  }

  void work() {
    detail::inside_parallel = true;
    for (std::int64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;) {
      try {
        body_(context_, i);
      } catch (...) {
        std::lock_guard<std::mutex> lock(sleep_);
        if (!error_) error_ = std::current_exception();
        next_.store(tasks_, std::memory_order_relaxed);
      }
    }
    detail::inside_parallel = false;
  }

  void serve(std::uint64_t seen) {
    for (;;) {
      const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(40);
      while (round_.load(std::memory_order_acquire) == seen && std::chrono::steady_clock::now() < until) pause();
      if (round_.load(std::memory_order_acquire) == seen) {
        std::unique_lock<std::mutex> lock(sleep_);
        wake_.wait(lock, [&] { return round_.load(std::memory_order_acquire) != seen; });
      }
      seen = round_.load(std::memory_order_acquire);
      if (stopping_) return;
      work();
      busy_.fetch_sub(1, std::memory_order_acq_rel);
    }
  }

  int size_;
  std::vector<std::thread> workers_;
  std::mutex callers_, sleep_;
  std::condition_variable wake_;
  std::atomic<std::uint64_t> round_{0};
  std::atomic<std::int64_t> next_{0};
  std::atomic<int> busy_{0};
  std::int64_t tasks_ = 0;
  Body body_ = nullptr;
  const void* context_ = nullptr;
  std::exception_ptr error_;
  bool stopping_ = false;
};

}  // namespace hadal
