// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/cpu/map.hpp>
#include <hadal/cpu/strided.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// to[i][j] = from[i][j] over a rows x columns area where `to` is dense along j and `from` along i. Every cache line is
/// read whole and written whole, once: power-of-two strides then cost nothing.
template <class T>
void copy_transposed(T* to, std::int64_t to_row, const T* from, std::int64_t from_column, std::int64_t rows,
                     std::int64_t columns) {
  constexpr std::int64_t side = 64 / static_cast<std::int64_t>(sizeof(T));
  T tile[side][side];
  for (std::int64_t j = 0; j < columns; j += side) {
    const std::int64_t width = std::min(side, columns - j);
    for (std::int64_t i = 0; i < rows; i += side) {
      const std::int64_t height = std::min(side, rows - i);
      for (std::int64_t c = 0; c < width; ++c) std::copy_n(from + i + (j + c) * from_column, height, tile[c]);
      for (std::int64_t r = 0; r < height; ++r)
        for (std::int64_t c = 0; c < width; ++c) to[(i + r) * to_row + j + c] = tile[c][r];
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

  // A transposition: some other axis of `from` is the dense one. It becomes the rows of two-dimensional areas.
  for (int i = 0; i < last && step == 1 && from_step != 1; ++i) {
    if (loop.strides[1].dims[i] != 1) continue;
    const std::int64_t rows = loop.shape.dims[i], to_row = loop.strides[0].dims[i];
    loop.shape.dims[i] = 1;
    const std::int64_t strip = std::max<std::int64_t>(64, map_grain / columns / 64 * 64);
    const std::int64_t strips = (rows + strip - 1) / strip;
    parallel_for(loop.shape.rows() * strips, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t task = begin; task < end; ++task)
        loop.rows(task / strips, task / strips + 1, [&](const std::int64_t* at) {
          const std::int64_t r = task % strips * strip;
          detail::copy_transposed(to.data + at[0] + r * to_row, to_row, from.data + at[1] + r, from_step,
                                  std::min(strip, rows - r), columns);
        });
    });
    return;
  }

  const auto block = [&](std::int64_t row_begin, std::int64_t row_end, std::int64_t begin, std::int64_t end) {
    loop.rows(row_begin, row_end, [&](const std::int64_t* at) {
      T* y = to.data + at[0];
      const T* x = from.data + at[1];
      if (step == 1 && from_step == 1) std::copy(x + begin, x + end, y + begin);
      else
        for (std::int64_t i = begin; i < end; ++i) y[i * step] = x[i * from_step];
    });
  };
  if (columns < map_grain) {
    parallel_for(loop.shape.rows(), map_grain / columns,
                 [&](std::int64_t b, std::int64_t e) { block(b, e, 0, columns); });
  } else {
    for (std::int64_t r = 0; r < loop.shape.rows(); ++r)
      parallel_for(columns, map_grain, [&](std::int64_t b, std::int64_t e) { block(r, r + 1, b, e); });
  }
}

/// y = value everywhere.
template <class T>
void fill(Device, View<T> y, std::type_identity_t<T> value) {
  if (y.size() == 0) return;
  if (y.dense()) y = {y.data, {1, y.size()}, y.size()};
  const std::int64_t columns = y.columns();
  for (std::int64_t r = 0; r < y.rows(); ++r)
    parallel_for(columns, map_grain,
                 [&](std::int64_t b, std::int64_t e) { std::fill(y.row(r) + b, y.row(r) + e, value); });
}

/// to += from, of the same shape, in any layouts, added in the accumulator type that both share. No element of `to` may
/// repeat.
template <class G, class T>
void add_strided(Device device, StridedView<G> to, StridedView<T> from) {
  map(device, [](auto x) { return x; }, to, true, from);
}
template <class G, class T>
void add_to(Device device, View<G> to, View<T> from) {
  add_strided(device, strided(to), strided(from));
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
