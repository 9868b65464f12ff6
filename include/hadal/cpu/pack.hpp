// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/core/workspace.hpp>
#include <hadal/cpu/blocking.hpp>
#include <hadal/cpu/matrix.hpp>
#include <hadal/cpu/packet.hpp>
#include <hadal/cpu/row.hpp>
#include <hadal/cpu/turned.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Rows [first, first + lanes) of m, whose rows are dense, as columns of the panel. Rows past those that are readable
/// repeat the last.
template <class T, class S>
void pack_transposed(T* out, std::int64_t width, std::int64_t first, Matrix<const S> m, std::int64_t readable) {
  constexpr int n = lanes<T>;
  const S* row[n];
  for (int i = 0; i < n; ++i) row[i] = &m.at(std::min(first + i, m.rows - 1), 0);
  out += first;
  std::int64_t k = 0;
  if (first + n <= readable)
    for (constexpr int step = Turned<T, S>::depth; k + step <= m.columns; k += step) {
      const Turned<T, S> turned(row[0] + k, m.row_stride);
#pragma GCC unroll 16
      for (int i = 0; i < step; ++i) store(out + (k + i) * width, turned.column(i));
    }
  for (; k + n <= m.columns; k += n) {
    Square<T> s;
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) s.rows.packet[i] = load(row[i] + k);
    transpose(s);
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) store(out + (k + i) * width, s.rows.packet[i]);
  }
  for (; k < m.columns; ++k)
    for (int i = 0; i < n && first + i < width; ++i) out[k * width + i] = static_cast<T>(row[i][k]);
}

}  // namespace detail

/// Elements a packed panel may write past its end.
template <class T>
inline constexpr std::int64_t pack_slack = lanes<T>;

/// Packs a panel: out[k * width + i] = m(i, k), widened to T; rows that m lacks become 0. `readable` rows, at least
/// m.rows, may be read. May write pack_slack elements past the panel.
template <class T, class S>
void pack_panel(T* out, std::int64_t width, Matrix<const S> m, std::int64_t readable) {
  constexpr int n = lanes<T>;
  if (m.columns == 0) return;
  const std::int64_t groups = (width + n - 1) / n;
  if (m.rows == width && m.column_stride == 1) {
    // A group's stores run over into the next k's first group, which is written after: last group first.
    for (std::int64_t g = groups; g-- > 0;) detail::pack_transposed(out, width, g * n, m, readable);
  } else if (m.rows == width && m.row_stride == 1 && readable >= groups * n) {
    for (std::int64_t k = 0; k < m.columns; ++k)
      for (std::int64_t g = 0; g < groups; ++g) store(out + k * width + g * n, load(&m.at(g * n, k)));
  } else {
    for (std::int64_t k = 0; k < m.columns; ++k) {
      for (std::int64_t i = 0; i < m.rows; ++i) out[k * width + i] = static_cast<T>(m.at(i, k));
      for (std::int64_t i = m.rows; i < width; ++i) out[k * width + i] = T(0);
    }
  }
}

/// Packs `count` whole panels that lie side by side in a matrix whose columns are dense (row_stride 1), reading along
/// them: the panels follow each other in `out`, and nothing past them is written. `readable` rows of m may be read.
template <int width, class T, class S>
void pack_panels(T* out, std::int64_t count, Matrix<const S> m, std::int64_t readable) {
  constexpr int n = lanes<T>, whole = width / n * n, up = (width + n - 1) / n * n;
  const std::int64_t depth = m.columns;
  // A vector that runs over writes into the next k, which is written after; the next panel must be left alone.
  const std::int64_t safe_depth = depth - (up - width + width - 1) / width;
  const std::int64_t safe = std::min(count, readable < up ? 0 : (readable - up) / width + 1);
  for (std::int64_t k = 0; k < depth; ++k) {
    const S* from = &m.at(0, k);
    T* to = out + k * width;
    std::int64_t p = 0;
    for (; p < (k < safe_depth ? safe : 0); ++p, from += width, to += depth * width)
#pragma GCC unroll 8
      for (int i = 0; i < up; i += n) store(to + i, load(from + i));
    for (; p < count; ++p, from += width, to += depth * width) {
#pragma GCC unroll 8
      for (int i = 0; i < whole; i += n) store(to + i, load(from + i));
      for (int i = whole; i < width; ++i) to[i] = static_cast<T>(from[i]);
    }
  }
}

/// A matrix (rows, columns) packed beforehand as products read their second operand: for every block of `block` rows,
/// one panel after the other, each of `width` columns, the last rounded up to whole vectors of sums.
template <class S>
struct Panels {
  static constexpr std::int64_t block = depth_block, lane_count = lanes<Accumulator<S>>, width = 2 * lane_count;

  const S* data = nullptr;
  std::int64_t rows = 0, columns = 0, first = 0;  ///< `first`: a column where the panels of this piece begin

  explicit operator bool() const { return data != nullptr; }
  /// The panel of columns j .. of the block of `depth` rows from k on.
  const S* at(std::int64_t k, std::int64_t j, std::int64_t depth) const {
    return data + k * padded() + (first + j) * depth;
  }
  S value(std::int64_t k, std::int64_t j) const {
    const std::int64_t k0 = k / block * block, j0 = j / width * width, wide = std::min(width, padded() - j0);
    return at(k0, j0, std::min(block, rows - k0))[(k - k0) * wide + j - j0];
  }
  std::int64_t padded() const { return (columns + lane_count - 1) / lane_count * lane_count; }
  std::int64_t size() const { return rows * padded(); }
  Panels from_column(std::int64_t j) const { return {data, rows, columns, first + j}; }
};

/// Packs m into panels.size() elements at `out`, and returns them as panels.
template <class S>
Panels<S> pack_beforehand(S* out, Matrix<const S> m) {
  using T = Accumulator<S>;
  const Panels<S> panels{out, m.rows, m.columns};
  const std::int64_t across = (m.columns + panels.width - 1) / panels.width;
  const std::int64_t down = (m.rows + panels.block - 1) / panels.block;
  parallel_for(across * down, 1, [&](std::int64_t begin, std::int64_t end) {
    const Scratch<T> wide(std::is_same_v<S, T> ? 0 : panels.block * panels.width + pack_slack<T>);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t k = i / across * panels.block, j = i % across * panels.width;
      const std::int64_t depth = std::min(panels.block, m.rows - k), columns = std::min(panels.width, m.columns - j);
      const std::int64_t width = (columns + panels.lane_count - 1) / panels.lane_count * panels.lane_count;
      const auto part = m.block(k, j, depth, columns).transposed();
      S* const to = out + (panels.at(k, j, depth) - out);
      if constexpr (std::is_same_v<S, T>) {
        pack_panel<T>(to, width, part, columns);
      } else {
        pack_panel<T>(wide.data(), width, part, columns);
        for (std::int64_t e = 0; e < depth * width; e += lanes<T>) store(to + e, load(wide + e));
      }
    }
  });
  return panels;
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
