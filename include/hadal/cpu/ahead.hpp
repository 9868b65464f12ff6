// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/matrix.hpp>

#include <algorithm>
#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// Parts of a matrix that are needed soon, asked for in small bursts between other work: a core waits for some tens of
/// cache lines at once, and forgets those it is asked for beyond.
class Ahead {
 public:
  /// Terms of a product between two bursts; a power of two.
  static constexpr std::int64_t interval = 16;

  Ahead() = default;
  /// All of m, dense along one axis, comes while `terms` terms pass.
  template <class S>
  Ahead(Matrix<const S> m, std::int64_t terms) {
    if (m.column_stride != 1) m = m.transposed();
    constexpr auto size = static_cast<std::int64_t>(sizeof(S));
    row_ = reinterpret_cast<const char*>(m.data);
    rows_ = m.rows, width_ = m.columns * size, stride_ = m.row_stride * size;
    const std::int64_t steps = std::max<std::int64_t>(terms / interval, 1);
    burst_ = (lines() + steps - 1) / steps;
  }

  bool empty() const { return rows_ <= 0; }
  /// The next burst.
  HADAL_INLINE void ask() { ask(burst_); }
  void ask_for_all() { ask(lines()); }

 private:
  static constexpr std::int64_t line = 64;

  std::int64_t lines() const { return rows_ * ((width_ + line - 1) / line); }
  HADAL_INLINE void ask(std::int64_t lines) {
    // In registers: through memory, every line would wait for the one before.
    const char* row = row_;
    std::int64_t rows = rows_, at = at_;
    while (lines > 0 && rows > 0) {
      const bool four = lines >= 4 && at + 3 * line < width_;
      __builtin_prefetch(row + at, 0, 2);
      if (four)
#pragma GCC unroll 4
        for (int i = 1; i < 4; ++i) __builtin_prefetch(row + at + i * line, 0, 2);
      lines -= four ? 4 : 1;
      at += four ? 4 * line : line;
      if (at >= width_) at = 0, row += stride_, --rows;
    }
    row_ = row, rows_ = rows, at_ = at;
  }

  const char* row_ = nullptr;
  std::int64_t rows_ = 0, width_ = 0, stride_ = 0, burst_ = 0, at_ = 0;
};

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
