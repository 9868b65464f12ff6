// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/cpu/map.hpp>
#include <hadal/cpu/strided.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Exchanges the blocks of d lanes that lie across the diagonal of each pair of rows d apart.
template <int d, class V, int... i>
HADAL_INLINE void exchange_lanes(V& a, V& b, std::integer_sequence<int, i...>) {
  constexpr int n = sizeof...(i);
  const V upper = __builtin_shufflevector(a, b, (i & d ? n + i - d : i)...);
  b = __builtin_shufflevector(a, b, (i & d ? n + i : i + d)...);
  a = upper;
}
/// Transposes a square of vectors, by blocks of d lanes and smaller ones.
template <int d, class V, std::size_t n>
HADAL_INLINE void transpose_lanes(V (&rows)[n]) {
  if constexpr (d > 0) {
    for (std::size_t i = 0; i < n; ++i)
      if (!(i & d)) exchange_lanes<d>(rows[i], rows[i + d], std::make_integer_sequence<int, static_cast<int>(n)>{});
    transpose_lanes<d / 2>(rows);
  }
}

/// A square of elements as wide as a cache line, transposed in registers of `n` elements.
template <class T, std::int64_t side, class V, int n = sizeof(V) / sizeof(T)>
HADAL_INLINE void transpose_tile(T (&to)[side][side], const T (&from)[side][side]) {
  for (std::int64_t i = 0; i < side; i += n)
    for (std::int64_t j = 0; j < side; j += n) {
      V rows[n];
      for (int k = 0; k < n; ++k) __builtin_memcpy(&rows[k], static_cast<const void*>(&from[i + k][j]), sizeof(V));
      transpose_lanes<n / 2>(rows);
      for (int k = 0; k < n; ++k) __builtin_memcpy(static_cast<void*>(&to[j + k][i]), &rows[k], sizeof(V));
    }
}

/// to[i][j] = from[i][j] over a rows x columns area where `to` is dense along j and `from` along i. Every cache line is
/// read whole and written whole, once: power-of-two strides then cost nothing.
template <class T>
void copy_transposed(T* to, std::int64_t to_row, const T* from, std::int64_t from_column, std::int64_t rows,
                     std::int64_t columns, const Writing& writing) {
  constexpr std::int64_t side = 64 / static_cast<std::int64_t>(sizeof(T));
  T tile[side][side], turned[side][side];
  for (std::int64_t j = 0; j < columns; j += side) {
    const std::int64_t width = std::min(side, columns - j);
    for (std::int64_t i = 0; i < rows; i += side) {
      const std::int64_t height = std::min(side, rows - i);
      T* const corner = to + i * to_row + j;
      if constexpr (std::is_same_v<T, float>) {
        if (height == side && width == side) {
          // Lines that lie apart are written: no machine fetches them ahead by itself.
          for (std::int64_t r = 0; r < side && !writing.past; ++r)
            __builtin_prefetch(corner + (std::min(side, rows - side - i) + r) * to_row, 1);
          for (std::int64_t c = 0; c < side; ++c) std::copy_n(from + i + (j + c) * from_column, side, tile[c]);
          transpose_tile<T, side, Lanes<float>>(turned, tile);
          for (std::int64_t r = 0; r < side; ++r) copy_row(corner + r * to_row, turned[r], side, writing);
          continue;
        }
      }
      for (std::int64_t c = 0; c < width; ++c) std::copy_n(from + i + (j + c) * from_column, height, tile[c]);
      for (std::int64_t r = 0; r < height; ++r)
        for (std::int64_t c = 0; c < width; ++c) corner[r * to_row + c] = tile[c][r];
    }
  }
}

}  // namespace detail

/// to = from, of the same shape, in any layouts that do not overlap.
template <class T>
void copy_strided(Device, StridedView<T> to, std::type_identity_t<StridedView<const T>> from) {
  if (to.size() == 0) return;
  StridedLoop<2> loop(to.shape, to, from);
  const int last = loop.shape.rank - 1;
  const std::int64_t columns = loop.shape.columns(), step = loop.step(0), from_step = loop.step(1);
  const Writing writing(View<T>{to.data, to.shape, 0});

  // A transposition: some other axis of `from` is the dense one. It becomes the rows of two-dimensional areas.
  for (int i = 0; i < last && step == 1 && from_step != 1; ++i) {
    if (loop.strides[1].dims[i] != 1) continue;
    const std::int64_t rows = loop.shape.dims[i], to_row = loop.strides[0].dims[i];
    loop.shape.dims[i] = 1;
    const std::int64_t strip = std::max<std::int64_t>(256, map_grain / columns / 64 * 64);
    const std::int64_t strips = (rows + strip - 1) / strip;
    parallel_for(loop.shape.rows() * strips, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t task = begin; task < end; ++task)
        loop.rows(task / strips, task / strips + 1, [&](const std::int64_t* at) {
          const std::int64_t r = task % strips * strip;
          detail::copy_transposed(to.data + at[0] + r * to_row, to_row, from.data + at[1] + r, from_step,
                                  std::min(strip, rows - r), columns, writing);
        });
    });
    return;
  }

  const auto block = [&](std::int64_t row_begin, std::int64_t row_end, std::int64_t begin, std::int64_t end) {
    loop.rows(row_begin, row_end, [&](const std::int64_t* at) {
      T* y = to.data + at[0];
      const T* x = from.data + at[1];
      if (step == 1 && from_step == 1) detail::copy_row(y + begin, x + begin, end - begin, writing);
      else
        for (std::int64_t i = begin; i < end; ++i) y[i * step] = x[i * from_step];
    });
  };
  if (columns < map_grain) {
    parallel_for(loop.shape.rows(), map_grain / columns,
                 [&](std::int64_t b, std::int64_t e) { block(b, e, 0, columns); });
  } else {
    for (std::int64_t r = 0; r < loop.shape.rows(); ++r)
      detail::cut_row(columns, [&](std::int64_t b, std::int64_t e) { block(r, r + 1, b, e); });
  }
}

/// y = value everywhere.
template <class T>
void fill(Device, View<T> y, std::type_identity_t<T> value) {
  if (y.size() == 0) return;
  if (y.dense()) y = {y.data, {1, y.size()}, y.size()};
  const Writing to(y);
  const std::int64_t columns = y.columns();
  for (std::int64_t r = 0; r < y.rows(); ++r)
    detail::cut_row(columns, [&](std::int64_t b, std::int64_t e) {
      if constexpr (is_real<T>) {
        using A = Accumulator<T>;
        const Lanes<A> v = static_cast<A>(value) - Lanes<A>{};  // -0 stays what it is
        detail::map_dense([&] { return v; }, y.row(r) + b, to, e - b);
      } else {
        std::fill(y.row(r) + b, y.row(r) + e, value);
      }
    });
}

/// to += from, of the same shape, in any layouts, added in the accumulator type that both share. No element of `to` may
/// repeat.
template <class G, class T>
void add_strided(Device device, StridedView<G> to, StridedView<T> from) {
  map(device, [](auto x) { return x; }, to, Writing(true), from);
}
template <class G, class T>
void add_to(Device device, View<G> to, View<T> from) {
  add_strided(device, strided(to), strided(from));
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
