// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/matrix.hpp>

#include <algorithm>
#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// Parts of a matrix that are needed soon, asked for little by little between other work: a core waits for some tens of
/// cache lines at once, and forgets those it is asked for beyond.
class Ahead {
 public:
  Ahead() = default;
  /// All of m, dense along one axis, comes while `terms` terms of a product pass.
  template <class S>
  Ahead(Matrix<const S> m, std::int64_t terms) {
    if (m.column_stride != 1) m = m.transposed();
    terms = std::max<std::int64_t>(terms, 1);
    constexpr auto size = static_cast<std::int64_t>(sizeof(S));
    row_ = reinterpret_cast<const char*>(m.data);
    rows_ = m.rows, width_ = m.columns * size, stride_ = m.row_stride * size;
    many_ = width_ >= together * line;
    const std::int64_t each = line * (many_ ? together : 1), asks = rows_ * ((width_ + each - 1) / each);
    while (interval_ < 64 && 2 * interval_ * asks <= terms) interval_ *= 2;
    burst_ = (asks * interval_ + terms - 1) / terms;
  }

  bool empty() const { return rows_ <= 0; }
  /// Terms between two calls of ask; a power of two.
  std::int64_t interval() const { return interval_; }
  HADAL_INLINE void ask() {
    for (std::int64_t i = burst_; i > 0 && rows_ > 0; --i) next();
  }
  void ask_for_all() {
    while (rows_ > 0) next();
  }

 private:
  static constexpr std::int64_t line = 64, together = 4;

  HADAL_INLINE void next() {
    const char* at = row_ + at_;
    __builtin_prefetch(at, 0, 2);
    if (many_)
#pragma GCC unroll 4
      for (std::int64_t i = 1; i < together; ++i) __builtin_prefetch(at + i * line, 0, 2);
    if ((at_ += many_ ? together * line : line) >= width_) at_ = 0, row_ += stride_, --rows_;
  }

  const char* row_ = nullptr;
  std::int64_t rows_ = 0, width_ = 0, stride_ = 0, interval_ = 1, burst_ = 0, at_ = 0;
  bool many_ = false;
};

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
