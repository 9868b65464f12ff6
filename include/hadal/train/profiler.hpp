// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>
#include <hadal/core/json.hpp>
#include <hadal/core/mutex.hpp>
#include <hadal/core/trace.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hadal {

/// Adds up what ops report: install it with trace::Install to learn how much a step computes, by which ops, and how
/// long each takes. Ops that other ops call count twice; no op of the library does.
///
///   Profiler profiler(true);                               // true: keep every event, for write_trace
///   { const trace::Install install(profiler); step(); }
///   std::fputs(profiler.table().c_str(), stdout);
///   profiler.write_trace("step.json");                     // chrome://tracing or ui.perfetto.dev opens it
class Profiler final : public trace::Sink {
 public:
  struct Sum {
    std::int64_t calls = 0;
    double seconds = 0, operations = 0, bytes = 0;
  };

  explicit Profiler(bool keep_events = false) : keep_(keep_events) {}

  void event(const trace::Event& e) override {
    const Lock lock(mutex_);
    for (Sum* s : {&total_, &by_op_[e.op]}) {
      ++s->calls;
      s->seconds += e.seconds;
      s->operations += e.operations;
      s->bytes += e.bytes;
    }
    if (keep_) events_.push_back(e);
  }

  Sum total() const {
    const Lock lock(mutex_);
    return total_;
  }
  std::map<std::string_view, Sum> by_op() const {
    const Lock lock(mutex_);
    return by_op_;
  }
  /// Whether events are kept from now on.
  void keep_events(bool keep) {
    const Lock lock(mutex_);
    keep_ = keep;
  }
  void reset() {
    const Lock lock(mutex_);
    total_ = {};
    by_op_.clear();
    events_.clear();
  }

  /// One line an op, the longest first: calls, milliseconds, share of the time in ops, GFLOP, GFLOP/s, share of the
  /// peak (operations a second; left out when 0) and GB/s, each divided by `steps` where it is an amount.
  std::string table(double peak = 0, std::int64_t steps = 1) const {
    const Sum all = total();
    const auto sums = by_op();
    std::vector<std::pair<std::string_view, Sum>> ops(sums.begin(), sums.end());
    std::sort(ops.begin(), ops.end(), [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
    ops.emplace_back("all ops", all);
    char line[160];
    std::snprintf(line, sizeof line, "%-32s %7s %10s %7s %10s %9s %7s %7s\n", "op", "calls", "ms", "% time", "GFLOP",
                  "GFLOP/s", "% peak", "GB/s");
    std::string text = line;
    const double n = static_cast<double>(steps);
    for (const auto& [op, s] : ops) {
      const double seconds = std::max(s.seconds, 1e-12);
      char share[16] = "";
      if (peak > 0) std::snprintf(share, sizeof share, "%.1f", 100 * s.operations / seconds / peak);
      std::snprintf(line, sizeof line, "%-32.*s %7.0f %10.3f %7.1f %10.3f %9.1f %7s %7.1f\n",
                    static_cast<int>(op.size()), op.data(), static_cast<double>(s.calls) / n, 1e3 * s.seconds / n,
                    100 * s.seconds / std::max(all.seconds, 1e-12), 1e-9 * s.operations / n,
                    1e-9 * s.operations / seconds, share, 1e-9 * s.bytes / seconds);
      text += line;
    }
    return text;
  }

  /// Writes the kept events in Chrome's trace format. Throws FileError as write_file does.
  void write_trace(const std::string& path) const {
    const Lock lock(mutex_);
    Json::Array list;
    const double origin = events_.empty() ? 0 : events_.front().begin;
    for (const trace::Event& e : events_) {
      Json j;
      j["name"] = e.op;
      j["ph"] = "X";
      j["pid"] = 1;
      j["tid"] = 1;
      j["ts"] = 1e6 * (e.begin - origin);
      j["dur"] = 1e6 * e.seconds;
      j["args"]["GFLOP"] = 1e-9 * e.operations;
      j["args"]["MB"] = 1e-6 * e.bytes;
      list.push_back(std::move(j));
    }
    Json trace;
    trace["displayTimeUnit"] = "ms";
    trace["traceEvents"] = std::move(list);
    write_file(path, trace.dump() + "\n");
  }

 private:
  mutable Mutex mutex_;
  bool keep_;
  Sum total_;
  std::map<std::string_view, Sum> by_op_;  // names of ops are literals
  std::vector<trace::Event> events_;
};

}  // namespace hadal
