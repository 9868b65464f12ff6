// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <atomic>
#include <csignal>

namespace hadal {

/// While it lives, the first SIGINT (Ctrl-C) or SIGTERM only sets a flag, so that a run can save and stop; the second
/// one ends the program as usual. Throws ValueError when there is one already.
class Interrupt {
 public:
  Interrupt() {
    HADAL_CHECK(!alive().exchange(true), ValueError, "interrupt: only one may live at a time");
    flag() = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { flag() = 1; };
    action.sa_flags = SA_RESETHAND | SA_RESTART;
    ::sigaction(SIGINT, &action, &before_int_);
    ::sigaction(SIGTERM, &action, &before_term_);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt() {
    ::sigaction(SIGINT, &before_int_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
    alive() = false;
  }

  bool requested() const { return flag() != 0; }

 private:
  static volatile std::sig_atomic_t& flag() {
    static constinit volatile std::sig_atomic_t f = 0;
    return f;
  }
  static std::atomic<bool>& alive() {
    static constinit std::atomic<bool> a{false};
    return a;
  }

  struct sigaction before_int_ {}, before_term_ {};
};

}  // namespace hadal
