// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/row.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// The block of C that small_product keeps in registers, and so the panel width of its B.
template <class T>
struct SmallTile {
  static constexpr int height = vector_registers >= 32 ? 8 : 6;
  static constexpr int width = 2 * lanes<T>;
};

/// B of a small product: element (k, j) lies at data[j / width * panel + k * step + j % width], so B is packed in
/// panels or is the rows of a matrix (panel == width). Whole packets of it are read.
template <class T>
struct SmallB {
  const T* data;
  std::int64_t panel, step;
};

namespace detail {

template <int M, int N, bool transposed, bool add, class T>
[[gnu::noinline]] void small_tile(std::int64_t depth, const T* a, std::int64_t a_stride, const T* b, std::int64_t step,
                                  T* c, std::int64_t c_stride) {
  constexpr int n = lanes<T>;
  Packet<T> sum[M][N];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) sum[i][v] = add ? load(c + i * c_stride + v * n) : zero<T>();
  for (; depth > 0; --depth, a += transposed ? a_stride : 1, b += step) {
    Packet<T> y[N];
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) {
      y[v] = load(b + v * n);
      pin(y[v]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
      Packet<T> x = set1(a[transposed ? i : i * a_stride]);
      pin(x);
#pragma GCC unroll 4
      for (int v = 0; v < N; ++v) sum[i][v] = fma(x, y[v], sum[i][v]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) store(c + i * c_stride + v * n, sum[i][v]);
}

/// All rows against one panel, of one packet or two.
template <int N, bool transposed, bool add, class T>
void small_panel(std::int64_t rows, std::int64_t depth, const T* a, std::int64_t a_stride, const T* b,
                 std::int64_t step, T* c, std::int64_t c_stride) {
  constexpr int height = SmallTile<T>::height;
  while (rows > 0) {
    const std::int64_t m = rows >= height ? height : rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
    if (m == height) small_tile<height, N, transposed, add>(depth, a, a_stride, b, step, c, c_stride);
    else if (m == 4) small_tile<4, N, transposed, add>(depth, a, a_stride, b, step, c, c_stride);
    else if (m == 2) small_tile<2, N, transposed, add>(depth, a, a_stride, b, step, c, c_stride);
    else small_tile<1, N, transposed, add>(depth, a, a_stride, b, step, c, c_stride);
    rows -= m;
    a += transposed ? m : m * a_stride;
    c += m * c_stride;
  }
}

}  // namespace detail

/// C (+)= A B, small enough to live in the caches, on one thread. C: rows x columns, columns a multiple of the lanes.
/// A: element (i, k) at a[i * a_stride + k], or at a[k * a_stride + i] if `transposed`. Every element is its old value
/// (or 0) plus the terms k = 0, 1, .. in this order: how a sum is cut, or which rows are near, does not change it.
/// A panel of B meets all rows while it is in the first cache; deeper ones are cut to fit there.
template <bool transposed, bool add, class T>
void small_product(std::int64_t rows, std::int64_t columns, std::int64_t depth, const T* a, std::int64_t a_stride,
                   SmallB<T> b, T* c, std::int64_t c_stride) {
  constexpr std::int64_t width = SmallTile<T>::width, deepest = 192;
  for (; columns > 0; columns -= width, c += width, b.data += b.panel) {
    const auto panel = [&](auto on_top, std::int64_t k, std::int64_t terms) {
      constexpr bool more = decltype(on_top)::value;
      const T *ak = a + k * (transposed ? a_stride : 1), *bk = b.data + k * b.step;
      if (columns < width) detail::small_panel<1, transposed, more>(rows, terms, ak, a_stride, bk, b.step, c, c_stride);
      else detail::small_panel<2, transposed, more>(rows, terms, ak, a_stride, bk, b.step, c, c_stride);
    };
    panel(std::bool_constant<add>{}, 0, std::min(depth, deepest));
    for (std::int64_t k = deepest; k < depth; k += deepest)
      panel(std::true_type{}, k, std::min(depth - k, deepest));
  }
}

/// Rows as a small product reads them: out[r * padded(columns) + d] = scale * in[r * stride + d], 0 past the columns.
template <class T, class S>
void widen_rows(T* out, const S* in, std::int64_t stride, std::int64_t rows, std::int64_t columns, T scale) {
  constexpr int n = lanes<T>;
  const Packet<T> factor = set1(scale);
  for (std::int64_t r = 0; r < rows; ++r, in += stride) {
    if (r + 4 < rows) prefetch_row(in + 4 * stride, columns);
    std::int64_t d = 0;
    for (; d + n <= columns; d += n, out += n) store(out, mul(load(in + d), factor));
    if (d == columns) continue;
    for (int i = 0; i < n; ++i) *out++ = d + i < columns ? static_cast<T>(in[d + i]) * scale : T(0);
  }
}

/// Rows as the columns of B, in panels `depth` deep: element (d, r) at out[r / width * depth * width + d * width +
/// r % width]. Rows up to the next whole packet repeat the last. Flattened: g++ would call Eigen's transposition, with
/// the square passed through memory.
template <class T, class S>
[[gnu::flatten]] void transpose_rows(T* out, const S* in, std::int64_t stride, std::int64_t rows, std::int64_t depth) {
  constexpr int n = lanes<T>, width = SmallTile<T>::width;
  for (std::int64_t r = 0; r < rows; r += n) {
    const S* row[n];
    for (int i = 0; i < n; ++i) row[i] = in + std::min<std::int64_t>(r + i, rows - 1) * stride;
    const std::int64_t ahead = r + 2 * n <= rows ? n * stride : 0;  // rows may lie pages apart
    T* to = out + r / width * depth * width + r % width;
    std::int64_t d = 0;
    for (; d + n <= depth; d += n) {
      Square<T> s;
#pragma GCC unroll 16
      for (int i = 0; i < n; ++i) {
        s.rows.packet[i] = load(row[i] + d);
        __builtin_prefetch(row[i] + ahead + d);
      }
      transpose(s);
#pragma GCC unroll 16
      for (int i = 0; i < n; ++i) store(to + (d + i) * width, s.rows.packet[i]);
    }
    for (; d < depth; ++d)
      for (int i = 0; i < n; ++i) to[d * width + i] = static_cast<T>(row[i][d]);
  }
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
