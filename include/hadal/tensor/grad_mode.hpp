// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/thread_pool.hpp>

namespace hadal {

namespace detail {
inline constinit thread_local bool recording_enabled = true;
inline constinit thread_local bool number_checks = false;
}  // namespace detail

/// True when ops on this thread are recorded for gradients. Workers of the pool never record.
inline bool grad_enabled() { return detail::recording_enabled && !in_parallel(); }

/// Sets whether this thread records, while it lives.
class GradMode {
 public:
  explicit GradMode(bool on) : before_(detail::recording_enabled) { detail::recording_enabled = on; }
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;
  ~GradMode() { detail::recording_enabled = before_; }

 private:
  bool before_;
};

/// Calls f without recording.
template <class F>
decltype(auto) no_grad(F&& f) {
  GradMode off(false);
  return f();
}

/// While it lives, every op on this thread checks its result, and every backward its gradients, for NaN and infinity
/// and throws NumericError naming the op. Slow: it reads every result. For finding where bad numbers begin.
class CheckNumbers {
 public:
  CheckNumbers() : before_(detail::number_checks) { detail::number_checks = true; }
  CheckNumbers(const CheckNumbers&) = delete;
  CheckNumbers& operator=(const CheckNumbers&) = delete;
  ~CheckNumbers() { detail::number_checks = before_; }

 private:
  bool before_;
};

}  // namespace hadal
