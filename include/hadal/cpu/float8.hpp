// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/float8.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/view.hpp>
#include <hadal/cpu/lanes.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

using Bits8 = LanesOf<std::uint8_t, lane_bytes / 4>::type;

HADAL_INLINE Lanes<float> load_e4m3(const e4m3* p) {
  Bits8 narrow;
  __builtin_memcpy(&narrow, p, sizeof narrow);
  const Bits32 u = __builtin_convertvector(narrow, Bits32), m = u & 0x7fu;
  const auto scaled = __builtin_bit_cast(Bits32, __builtin_bit_cast(Lanes<float>, m << 20) * 0x1p120f);
  return __builtin_bit_cast(Lanes<float>, (m == 0x7fu ? (m ^ m) | 0x7fc00000u : scaled) | (u & 0x80u) << 24);
}

HADAL_INLINE void store_e4m3(e4m3* p, Lanes<float> v) {
  const auto u = __builtin_bit_cast(Bits32, v);
  const Bits32 a = u & 0x7fffffffu, nan = (a ^ a) | 0x7fu, largest = (a ^ a) | 0x7eu;
  const Bits32 tiny = __builtin_bit_cast(Bits32, __builtin_bit_cast(Lanes<float>, a) + 0x1p14f) - 0x46800000u;
  Bits32 q = a < 0x3c800000u ? tiny : (a - 0x3c000000u + 0x7ffffu + ((a >> 20) & 1u)) >> 20;
  q = a >= 0x43e00000u ? largest : q;
  q = a > 0x7f800000u ? nan : q;
  const Bits8 narrow = __builtin_convertvector(q | ((u >> 24) & 0x80u), Bits8);
  __builtin_memcpy(static_cast<void*>(p), &narrow, sizeof narrow);
}

/// Calls f(row, begin, end, scale index) for the part of every block that lies in a row, in parallel over rows.
template <class F>
void for_each_block_row(std::int64_t rows, std::int64_t columns, const Fp8Blocks& blocks, const F& f) {
  const std::int64_t across = blocks.across(columns);
  parallel_for(rows, 65536 / std::max<std::int64_t>(columns, 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r)
      for (std::int64_t b = 0; b < across; ++b)
        f(r, b * blocks.columns, std::min(columns, (b + 1) * blocks.columns), r / blocks.rows * across + b);
  });
}

}  // namespace detail

// A matrix in FP8 (core/float8.hpp):  q: (rows, columns), dense  scale: (ceil(rows / br), ceil(columns / bc)), dense

/// y = q * scale of its block, computed in float (double for double) and rounded once        y: (rows, columns), dense
template <class T>
void dequantize(Device, View<T> y, View<const e4m3> q, View<const float> scale, const Fp8Blocks& blocks) {
  detail::for_each_block_row(q.rows(), q.columns(), blocks, [&](auto r, auto begin, auto end, auto block) {
    const e4m3* from = q.row(r);
    T* to = y.row(r);
    const auto s = static_cast<Accumulator<T>>(scale.data[block]);
    std::int64_t i = begin;
    if constexpr (std::is_same_v<Accumulator<T>, float>)
      for (; i + lane_count<float> <= end; i += lane_count<float>) store_lanes(to + i, detail::load_e4m3(from + i) * s);
    for (; i < end; ++i) to[i] = static_cast<T>(static_cast<Accumulator<T>>(static_cast<float>(from[i])) * s);
  });
}

namespace detail {

/// The largest magnitude in a block of w.
template <class T>
float largest_magnitude(View<const T> w) {
  Lanes<float> most = {};
  float amax = 0;
  for (std::int64_t r = 0; r < w.rows(); ++r) {
    const T* row = w.row(r);
    std::int64_t i = 0;
    if constexpr (std::is_same_v<Accumulator<T>, float>)
      for (; i + lane_count<float> <= w.columns(); i += lane_count<float>) {
        const Lanes<float> v = load_lanes(row + i), a = v < 0 ? -v : v;
        most = a > most ? a : most;
      }
    for (; i < w.columns(); ++i) amax = std::max(amax, std::abs(static_cast<float>(row[i])));
  }
  for (int i = 0; i < lane_count<float>; ++i) amax = std::max(amax, most[i]);
  return amax;
}

/// Weights that came from FP8 are q * s rounded to T, for a scale s near the one given: then the scale that gives just
/// these weights again. For any other weights, the scale given.
template <class T>
float recovered_scale(View<const T> w, float scale) {
  constexpr int digits = std::is_same_v<T, bf16> ? 8 : std::is_same_v<T, half> ? 11 : std::numeric_limits<T>::digits;
  constexpr double least = std::is_same_v<T, half> ? 0x1p-25 : 0;  // half the spacing of half's subnormals
  double low = 0, high = std::numeric_limits<double>::infinity();  // between which s must lie
  for (std::int64_t r = 0; r < w.rows(); ++r)
    for (std::int64_t i = 0; i < w.columns(); ++i) {
      const double a = std::abs(static_cast<double>(w.row(r)[i]));
      const double q = std::abs(static_cast<float>(e4m3(static_cast<float>(a) / scale)));
      if (a == 0) continue;
      const double rounding = std::max(std::ldexp(1.0, std::ilogb(a) - digits), least);
      low = std::max(low, (a - rounding) / q);
      high = std::min(high, (a + rounding) / q);
      if (!(low <= high && std::isfinite(low))) return scale;
    }
  return scale >= low && scale <= high ? scale : static_cast<float>((low + high) / 2);
}

}  // namespace detail

/// scale = that of each block of w (Fp8Blocks::scale), or, where w came from FP8, the one that gives w again
/// w: (rows, columns)
template <class T>
void block_scales(Device, View<float> scale, View<const T> w, const Fp8Blocks& blocks) {
  const std::int64_t across = blocks.across(w.columns());
  parallel_for(scale.size(), 8, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      const std::int64_t top = b / across * blocks.rows, left = b % across * blocks.columns;
      const View<const T> block{w.row(top) + left,
                                {std::min(blocks.rows, w.rows() - top), std::min(blocks.columns, w.columns() - left)},
                                w.row_stride};
      const float s = blocks.scale(detail::largest_magnitude(block));
      scale.data[b] = blocks.power_of_two ? s : detail::recovered_scale(block, s);
    }
  });
}

/// q = w / scale of its block        w: (rows, columns)
template <class T>
void quantize(Device, View<e4m3> q, View<const T> w, View<const float> scale, const Fp8Blocks& blocks) {
  detail::for_each_block_row(w.rows(), w.columns(), blocks, [&](auto r, auto begin, auto end, auto block) {
    const T* from = w.row(r);
    e4m3* to = q.row(r);
    const float s = scale.data[block];
    std::int64_t i = begin;
    if constexpr (std::is_same_v<Accumulator<T>, float>)
      for (; i + lane_count<float> <= end; i += lane_count<float>) detail::store_e4m3(to + i, load_lanes(from + i) / s);
    for (; i < end; ++i) to[i] = e4m3(static_cast<float>(from[i]) / s);
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
