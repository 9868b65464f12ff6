// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/mutex.hpp>
#include <hadal/core/trace.hpp>

#include <map>
#include <string_view>

namespace hadal {

/// Adds up what ops report: install it with trace::Install to learn how much a step computes, and by which ops.
class OperationCounter final : public trace::Sink {
 public:
  struct Sum {
    std::int64_t calls = 0;
    double seconds = 0, operations = 0, bytes = 0;
  };

  void event(const trace::Event& e) override {
    const Lock lock(mutex_);
    for (Sum* s : {&total_, &by_op_[e.op]}) {
      ++s->calls;
      s->seconds += e.seconds;
      s->operations += e.operations;
      s->bytes += e.bytes;
    }
  }

  Sum total() const {
    const Lock lock(mutex_);
    return total_;
  }
  std::map<std::string_view, Sum> by_op() const {
    const Lock lock(mutex_);
    return by_op_;
  }
  void reset() {
    const Lock lock(mutex_);
    total_ = {};
    by_op_.clear();
  }

 private:
  mutable Mutex mutex_;
  Sum total_;
  std::map<std::string_view, Sum> by_op_;  // names of ops are literals
};

}  // namespace hadal
