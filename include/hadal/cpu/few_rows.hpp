// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/blocking.hpp>
#include <hadal/cpu/matrix.hpp>
#include <hadal/cpu/pack.hpp>
#include <hadal/cpu/packet.hpp>
#include <hadal/cpu/small_product.hpp>
#include <hadal/cpu/turned.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

// Products whose C has so few rows that reading B takes the time: decoding. B is read once, where it lies or as it was
// packed beforehand, in whatever type it is stored. Sums are those of every other product to the last bit: blocks of
// depth_block terms, each in ascending order from zero, block after block.

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// C has few rows when it has fewer than this.
inline constexpr std::int64_t few_rows_end = 8;
/// The same where B's columns are dense: these are turned in registers, which many registers do for eight rows at once.
inline constexpr std::int64_t few_rows_end_turned = vector_registers >= 32 ? 9 : 8;

/// Whether few_rows_product is the way: few rows, and a B that is dense along one of its axes.
template <class TC, class TB>
bool has_few_rows(const Matrix<TC>& c, const Matrix<const TB>& b) {
  if (b.column_stride == 1) return c.rows < few_rows_end;
  return b.row_stride == 1 && c.rows < few_rows_end_turned;
}

namespace detail {

/// sums[r * stride + g * lanes + i] = x_r . w_(g, i) for M rows x_r and G groups of lanes<T> rows of W, groups being
/// group_stride apart. Lanes run over rows of W, whose elements are turned in registers: each sum is in order. What is
/// read next lies `ahead` elements on and is asked for meanwhile: so many streams are more than the hardware foresees.
template <int M, int G, class T, class S>
[[gnu::noinline]] void dot_rows(T* sums, std::int64_t stride, std::int64_t depth, const T* x, std::int64_t x_stride,
                                const S* w, std::int64_t w_stride, std::int64_t group_stride, std::int64_t ahead) {
  constexpr int n = lanes<T>, step = Turned<T, S>::depth, line = 64 / static_cast<int>(sizeof(S));
  Packet<T> sum[G][M];
#pragma GCC unroll 8
  for (int g = 0; g < G; ++g)
#pragma GCC unroll 8
    for (int r = 0; r < M; ++r) sum[g][r] = zero<T>();
  const auto advance = [&](std::int64_t k) __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int g = 0; g < G; ++g) {
      const Turned<T, S> turned(w + g * group_stride + k, w_stride);
#pragma GCC unroll 8
      for (int i = 0; i < step; ++i) {
        const Packet<T> column = turned.column(i);
#pragma GCC unroll 8
        for (int r = 0; r < M; ++r) sum[g][r] = fma(set1(x[r * x_stride + k + i]), column, sum[g][r]);
      }
    }
  };
  std::int64_t k = 0;
  for (; k + line <= depth; k += line) {
#pragma GCC unroll 8
    for (int g = 0; g < G; ++g) {
      const S* next = w + g * group_stride + k + ahead;
#pragma GCC unroll 16
      for (int i = 0; i < n; ++i, next += w_stride) __builtin_prefetch(next);
    }
#pragma GCC unroll 8
    for (int i = 0; i < line; i += step) advance(k + i);
  }
  for (; k + step <= depth; k += step) advance(k);
  for (; k < depth; ++k)
    for (int g = 0; g < G; ++g) {
      T column[n];
      for (int i = 0; i < n; ++i) column[i] = static_cast<T>(w[g * group_stride + i * w_stride + k]);
      for (int r = 0; r < M; ++r) sum[g][r] = fma(set1(x[r * x_stride + k]), load(column), sum[g][r]);
    }
#pragma GCC unroll 8
  for (int g = 0; g < G; ++g)
#pragma GCC unroll 8
    for (int r = 0; r < M; ++r) store(sums + r * stride + g * n, sum[g][r]);
}

/// sums[r * stride + j] += x_r . w_j over `depth` rows of W, in order, for M rows x_r and V lanes<T> columns w_j, which
/// lie in P places `apart`, and their sums `sums_apart`.
template <int M, int V, int P = 1, class T, class S>
HADAL_INLINE void add_columns(T* sums, std::int64_t stride, std::int64_t depth, const T* x, std::int64_t x_stride,
                              const S* w, std::int64_t w_stride, std::int64_t apart = 0, std::int64_t sums_apart = 0) {
  constexpr int n = lanes<T>, together = V / P;
  const auto sums_at = [&](int r, int v) __attribute__((always_inline)) {
    return sums + r * stride + v / together * sums_apart + v % together * n;
  };
  Packet<T> sum[M][V];
#pragma GCC unroll 8
  for (int r = 0; r < M; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sum[r][v] = load(sums_at(r, v));
  for (; depth > 0; --depth, ++x, w += w_stride) {
    Packet<T> y[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) y[v] = load(w + v / together * apart + v % together * n);
#pragma GCC unroll 8
    for (int r = 0; r < M; ++r) {
      const Packet<T> factor = set1(x[r * x_stride]);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sum[r][v] = fma(factor, y[v], sum[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < M; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) store(sums_at(r, v), sum[r][v]);
}

/// The same for any number of columns, while as many rows of W as these are asked for `ahead` elements on, if not 0.
template <int M, class T, class S>
[[gnu::noinline]] void add_rows(T* sums, std::int64_t stride, std::int64_t columns, std::int64_t depth, const T* x,
                                std::int64_t x_stride, const S* w, std::int64_t w_stride, std::int64_t ahead) {
  constexpr int V = M == 1 ? 4 : 2, n = lanes<T>, line = 64 / static_cast<int>(sizeof(S));
  std::int64_t j = 0;
  for (; j + V * n <= columns; j += V * n) {
    if (ahead)
      for (std::int64_t k = 0; k < depth; ++k)
#pragma GCC unroll 8
        for (int i = 0; i < V * n; i += line) __builtin_prefetch(w + ahead + k * w_stride + j + i);
    add_columns<M, V>(sums + j, stride, depth, x, x_stride, w + j, w_stride);
  }
  for (; j < columns; j += n) add_columns<M, 1>(sums + j, stride, depth, x, x_stride, w + j, w_stride);
}

/// Calls f(first, count as a constant) for pieces of `most` (8 or 4), 4, 2 and 1 of `rows`: few kernels for all.
template <int most, class F>
HADAL_INLINE void in_pieces(std::int64_t rows, const F& f) {
  for (std::int64_t r = 0; r < rows;) {
    if (most > 4 && rows - r >= most)
      f(r, std::integral_constant<int, most>{}), r += most;
    else if (rows - r >= 4)
      f(r, std::integral_constant<int, 4>{}), r += 4;
    else if (rows - r >= 2)
      f(r, std::integral_constant<int, 2>{}), r += 2;
    else
      f(r, std::integral_constant<int, 1>{}), r += 1;
  }
}

/// The rows of A as rows of T, K apart or where they lie.
template <class T>
struct WideRows {
  const T* data;
  std::int64_t stride;
};
template <class T, class TA>
WideRows<T> wide_rows(const Matrix<const TA>& a, T* scratch) {
  if constexpr (std::is_same_v<TA, T>)
    if (a.column_stride == 1) return {a.data, a.row_stride};
  const std::int64_t stride = padded<T>(a.columns);
  if (a.column_stride == 1) {
    widen_rows(scratch, a.data, a.row_stride, a.rows, a.columns, T(1));
  } else {
    for (std::int64_t r = 0; r < a.rows; ++r)
      for (std::int64_t k = 0; k < a.columns; ++k) scratch[r * stride + k] = static_cast<T>(a.at(r, k));
  }
  return {scratch, stride};
}

/// Some columns of C, and scratch in which the blocks of their sums are added up: `groups` of `width` columns, the
/// first at `first`, each `apart` from the one before. Those before `done` have been written and stay.
template <class TC>
struct Totals {
  using T = Accumulator<TC>;
  T* total;
  Matrix<TC> c;
  std::int64_t first, groups, width, apart, done;

  std::int64_t stride() const { return groups * width; }
  /// Calls f(element of C, its total, its column).
  template <class F>
  HADAL_INLINE void each(const F& f) const {
    for (std::int64_t r = 0; r < c.rows; ++r)
      for (std::int64_t g = 0; g < groups; ++g) {
        const std::int64_t begin = first + g * apart, end = std::min(begin + width, c.columns);
        for (std::int64_t j = std::max(begin, done); j < end; ++j)
          f(c.at(r, j), total[r * stride() + g * width + j - begin], j);
      }
  }
  void begin() const {
    each([](const TC& element, T& sum, std::int64_t) { sum = static_cast<T>(element); });
  }
  void take(const T* sums, bool add) const {
    for (std::int64_t i = 0; i < c.rows * stride(); ++i) total[i] = add ? total[i] + sums[i] : sums[i];
  }
  void finish(const T* bias) const {
    each([&](TC& element, T sum, std::int64_t j) { element = static_cast<TC>(bias ? sum + bias[j] : sum); });
  }
};

/// C (+)= X W^T (+ bias), the rows of W dense.      x: (M, K)  w: (N, K)
template <class TC, class T, class S>
void few_rows_by_rows(Matrix<TC> c, WideRows<T> x, Matrix<const S> w, bool add, const T* bias) {
  // As many rows of W at a time as are read well together: with more, lines are evicted between their parts' turns.
  constexpr int n = lanes<T>, tile = std::max(n, 16), G = tile / n;
  const std::int64_t M = c.rows, N = w.rows, K = w.columns;
  const Scratch<T> memory(2 * M * tile);
  const auto compute = [&](const S* rows, std::int64_t stride, std::int64_t first, std::int64_t apart,
                           std::int64_t done) {
    const Totals<TC> totals{memory, c, first, G, n, apart, done};
    T* sums = memory + M * tile;
    if (add) totals.begin();
    for (std::int64_t k = 0; k == 0 || k < K; k += depth_block) {
      const std::int64_t ahead = k + depth_block < K ? depth_block : n * stride - k;  // the next block, or next rows
      in_pieces<few_rows_end_turned == 9 ? 8 : 4>(M, [&](std::int64_t r, auto count) {
        dot_rows<decltype(count)::value, G>(sums + r * tile, tile, std::min(depth_block, K - k),
                                            x.data + r * x.stride + k, x.stride, rows + k, stride, apart * stride,
                                            ahead);
      });
      totals.take(sums, add || k > 0);
    }
    totals.finish(bias);
  };
  if (N < tile) {
    const Scratch<S> rows(tile * K);
    for (std::int64_t i = 0; i < tile; ++i)
      for (std::int64_t k = 0; k < K; ++k) rows[i * K + k] = i < N ? w.at(i, k) : S(0.0f);
    return compute(rows, K, 0, n, 0);
  }
  const std::int64_t apart = N / tile * n;  // groups far apart: rows whose distance is a power of two share cache sets
  for (std::int64_t i = 0; i < apart; i += n) compute(&w.at(i, 0), w.row_stride, i, apart, 0);
  if (apart * G < N) compute(&w.at(N - tile, 0), w.row_stride, N - tile, n, apart * G);
}

/// C (+)= X W (+ bias), the rows of W dense.      x: (M, K)  w: (K, N)
template <class TC, class T, class S>
void few_rows_by_columns(Matrix<TC> c, WideRows<T> x, Matrix<const S> w, bool add, const T* bias) {
  constexpr std::int64_t n = lanes<T>, strip = 1024, together = 8;  // columns with their sums in L1; rows at a time
  const std::int64_t M = c.rows, K = w.rows, N = w.columns;
  const Scratch<T> memory(2 * M * std::min(strip, padded<T>(N)));
  const auto compute = [&](const S* columns, std::int64_t stride, std::int64_t first, std::int64_t width,
                           std::int64_t done) {
    const Totals<TC> totals{memory, c, first, 1, width, 0, done};
    T* sums = memory + M * width;
    if (add) totals.begin();
    for (std::int64_t block = 0; block == 0 || block < K; block += depth_block) {
      std::fill_n(sums, M * width, T(0));
      for (std::int64_t end = std::min(K, block + depth_block), k = block; k < end; k += together)
        in_pieces<4>(M, [&](std::int64_t r, auto count) {
          add_rows<decltype(count)::value>(sums + r * width, width, width, std::min(together, end - k),
                                           x.data + r * x.stride + k, x.stride, columns + k * stride, stride,
                                           r == 0 && !far_apart<S>(stride) ? together * stride : 0);
        });
      totals.take(sums, add || block > 0);
    }
    totals.finish(bias);
  };
  if (N < n) {
    const Scratch<S> wide(K * n);
    for (std::int64_t k = 0; k < K; ++k)
      for (std::int64_t j = 0; j < n; ++j) wide[k * n + j] = j < N ? w.at(k, j) : S(0.0f);
    return compute(wide, n, 0, n, 0);
  }
  const std::int64_t whole = N / n * n;
  for (std::int64_t j = 0; j < whole; j += strip) compute(&w.at(0, j), w.row_stride, j, std::min(strip, whole - j), 0);
  if (whole < N) compute(&w.at(0, N - n), w.row_stride, N - n, n, whole);
}

/// The same for `columns` columns of a block of W in panels that follow each other: two of them at a time, far apart,
/// as one stream alone is slower.
template <int M, class T, class S>
[[gnu::noinline]] void add_panels(T* sums, std::int64_t stride, std::int64_t columns, std::int64_t depth, const T* x,
                                  std::int64_t x_stride, const S* w) {
  constexpr int n = lanes<T>, width = 2 * n, P = 4 * M < vector_registers - 4 ? 2 : 1;
  const std::int64_t apart = columns / width / P * width;
  std::int64_t j = 0;
  for (; j < apart; j += width)
    add_columns<M, 2 * P, P>(sums + j, stride, depth, x, x_stride, w + j * depth, width, apart * depth, apart);
  for (j *= P; j < columns; j += n) {
    const std::int64_t panel = j / width * width, wide = std::min<std::int64_t>(width, columns - panel);
    add_columns<M, 1>(sums + j, stride, depth, x, x_stride, w + panel * depth + j - panel, wide);
  }
}

/// C (+)= X W (+ bias), W packed beforehand.      x: (M, K)  w: (K, N)
template <class TC, class T, class S>
void few_rows_by_panels(Matrix<TC> c, WideRows<T> x, const Panels<S>& w, bool add, const T* bias) {
  const std::int64_t M = c.rows, K = w.rows, N = padded<T>(c.columns);
  const Scratch<T> memory(2 * M * N);
  const Totals<TC> totals{memory, c, 0, 1, N, 0, 0};
  T* sums = memory + M * N;
  if (add) totals.begin();
  for (std::int64_t k = 0; k == 0 || k < K; k += depth_block) {
    const std::int64_t depth = std::min(depth_block, K - k);
    std::fill_n(sums, M * N, T(0));
    in_pieces<4>(M, [&](std::int64_t r, auto count) {
      add_panels<decltype(count)::value>(sums + r * N, N, N, depth, x.data + r * x.stride + k, x.stride,
                                         w.at(k, 0, depth));
    });
    totals.take(sums, add || k > 0);
  }
  totals.finish(bias);
}

}  // namespace detail

/// C (+)= A B (+ bias over columns) on the calling thread, where has_few_rows.      A: (M, K)  B: (K, N)  C: (M, N)
template <class TC, class TA, class TB>
void few_rows_product(Matrix<TC> c, Matrix<const TA> a, Matrix<const TB> b, bool add,
                      const std::type_identity_t<Accumulator<TC>>* bias) {
  using T = Accumulator<TC>;
  if (c.rows == 0 || c.columns == 0) return;
  const Scratch<T> wide(c.rows * padded<T>(a.columns));
  const detail::WideRows<T> x = detail::wide_rows<T>(a, wide.data());
  if (b.row_stride == 1)
    detail::few_rows_by_rows(c, x, b.transposed(), add, bias);
  else
    detail::few_rows_by_columns(c, x, b, add, bias);
}
/// The same for fewer than few_rows_end rows and a B packed beforehand.
template <class TC, class TA, class TB>
void few_rows_product(Matrix<TC> c, Matrix<const TA> a, const Panels<TB>& b, bool add,
                      const std::type_identity_t<Accumulator<TC>>* bias) {
  using T = Accumulator<TC>;
  if (c.rows == 0 || c.columns == 0) return;
  const Scratch<T> wide(c.rows * padded<T>(a.columns));
  detail::few_rows_by_panels(c, detail::wide_rows<T>(a, wide.data()), b, add, bias);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
