// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/clock.hpp>
#include <hadal/core/file.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace hadal {

/// A table of numbers in a CSV file, one row a step; the first column is the step. Every row reaches the file at once.
class MetricsFile {
 public:
  /// Begins the file anew, or goes on with it: rows of steps before `resume_step` stay, later ones and a row that was
  /// cut off go. Throws FileError when the file to go on with has other columns.
  MetricsFile(const std::string& path, std::vector<std::string> columns, std::int64_t resume_step = 0)
      : path_(path), columns_(columns.size()) {
    HADAL_CHECK(!columns.empty(), ValueError, path, ": metrics need at least one column");
    std::string head;
    for (const std::string& c : columns) {
      HADAL_CHECK(c.find_first_of(",\"\n") == std::string::npos, ValueError, path, ": the column name '", c,
                  "' must not hold commas, quotes or line ends");
      head += (head.empty() ? "" : ",") + c;
    }
    head += '\n';
    std::string text = head;
    if (resume_step > 0 && ::access(path.c_str(), F_OK) == 0) {
      const std::string old = read_file(path);
      HADAL_CHECK(old.starts_with(head), FileError, path, ": its columns must be ", head.substr(0, head.size() - 1),
                  ", are ", old.substr(0, old.find('\n')));
      for (std::size_t i = head.size(), end; (end = old.find('\n', i)) != std::string::npos; i = end + 1)
        if (std::strtoll(old.c_str() + i, nullptr, 10) < resume_step) text.append(old, i, end + 1 - i);
    }
    write_file(path, text);
    file_ = std::fopen(path.c_str(), "a");
    if (!file_) detail::file_error(path, "cannot be opened");
  }
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;
  ~MetricsFile() { std::fclose(file_); }

  /// One value for each column. Throws ValueError for another number of them, FileError when they cannot be written.
  void add(std::span<const double> values) {
    HADAL_CHECK(values.size() == columns_, ValueError, path_, ": a row has ", columns_, " values, got ", values.size());
    std::string row;
    for (double v : values) row += (row.empty() ? "" : ",") + join(v);
    row += '\n';
    if (std::fwrite(row.data(), 1, row.size(), file_) != row.size() || std::fflush(file_) != 0)
      detail::file_error(path_, "cannot be written");
  }
  void add(std::initializer_list<double> values) { add(std::span(values.begin(), values.size())); }

 private:
  std::string path_;
  std::size_t columns_;
  std::FILE* file_ = nullptr;
};

/// What the progress line shows; what is NaN is left out.
struct Progress {
  std::int64_t step = 0, steps = 0;
  double loss = NAN, bits_per_byte = NAN, tokens_per_second = NAN;
  double share_of_peak = NAN;  // 1 is all the machine can do
  double seconds_left = NAN;
};

/// "step 12/400  loss 3.2145  2.012 bits/byte  8123 tokens/s  41 % of peak  3:07 left"
inline std::string progress_text(const Progress& p) {
  std::string line = join("step ", p.step, "/", p.steps);
  const auto show = [&](double v, const char* format) {
    char text[48];
    if (!std::isfinite(v)) return;
    std::snprintf(text, sizeof text, format, v);
    line += text;
  };
  show(p.loss, "  loss %.4f");
  show(p.bits_per_byte, "  %.3f bits/byte");
  show(p.tokens_per_second, "  %.0f tokens/s");
  show(100 * p.share_of_peak, "  %.0f %% of peak");
  if (std::isfinite(p.seconds_left)) {
    const auto s = static_cast<long long>(std::max(p.seconds_left, 0.0) + 0.5);
    char text[48];
    if (s >= 3600) std::snprintf(text, sizeof text, "  %lld:%02lld:%02lld left", s / 3600, s / 60 % 60, s % 60);
    else std::snprintf(text, sizeof text, "  %lld:%02lld left", s / 60, s % 60);
    line += text;
  }
  return line;
}

/// The line that tells how a run goes: one that changes in place on a terminal, one every `interval` seconds elsewhere.
/// Prints to the stream it is given and nowhere else; without one it is silent.
class ProgressLine {
 public:
  explicit ProgressLine(std::FILE* stream, double interval = 10)
      : stream_(stream), terminal_(stream && ::isatty(::fileno(stream))), interval_(interval) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { finish(); }

  void show(const Progress& p) {
    if (!stream_) return;
    const double now = seconds_now();
    const bool due = !shown_ || now - last_ >= interval_ || p.step == p.steps;
    if (!terminal_ && !due) return;
    shown_ = true;
    last_ = now;
    std::string line = progress_text(p);
    if (terminal_) {
      const std::size_t width = line.size();
      if (width < width_) line.append(width_ - width, ' ');  // covers what stood there
      width_ = width;
      std::fprintf(stream_, "\r%s", line.c_str());
    } else {
      std::fprintf(stream_, "%s\n", line.c_str());
    }
    std::fflush(stream_);
  }

  /// Leaves the line, so that other text can follow.
  void finish() {
    if (terminal_ && width_ > 0) {
      std::fputc('\n', stream_);
      std::fflush(stream_);
    }
    width_ = 0;
  }

 private:
  std::FILE* stream_;
  bool terminal_;
  double interval_;
  bool shown_ = false;
  std::size_t width_ = 0;
  double last_ = 0;
};

}  // namespace hadal
