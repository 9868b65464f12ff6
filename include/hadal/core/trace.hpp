// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/clock.hpp>
#include <hadal/core/config.hpp>

#include <atomic>

namespace hadal::trace {

/// One operation as it ran: wall time in seconds, floating-point operations (a multiply-add counts two), bytes moved.
struct Event {
  const char* op;
  double begin, seconds;  // when it began (see seconds_now), and how long it took
  double operations, bytes;
};

/// Receives events; install one with `Install`. Called from the thread that ran the op.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void event(const Event& e) = 0;
};

namespace detail {
inline std::atomic<Sink*>& sink() {
  static std::atomic<Sink*> s{nullptr};
  return s;
}
}  // namespace detail

/// Sends every op's event to `sink` while it lives.
class Install {
 public:
  explicit Install(Sink& sink) : before_(detail::sink().exchange(&sink)) {}
  Install(const Install&) = delete;
  Install& operator=(const Install&) = delete;
  ~Install() { detail::sink().store(before_); }

 private:
  Sink* before_;
};

/// Measures the op that runs while it lives; costs one load when nobody listens.
class Scope {
 public:
  Scope(const char* op, double operations, double bytes = 0)
      : sink_(detail::sink().load(std::memory_order_relaxed)), op_(op), operations_(operations), bytes_(bytes) {
    if (sink_) start();
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    if (sink_) stop();
  }

 private:
  HADAL_COLD void start() { start_ = seconds_now(); }
  HADAL_COLD void stop() { sink_->event({op_, start_, seconds_now() - start_, operations_, bytes_}); }

  Sink* sink_;
  const char* op_;
  double operations_, bytes_;
  double start_ = 0;
};

}  // namespace hadal::trace
