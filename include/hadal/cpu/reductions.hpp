// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/map.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Cuts the terms of a sum, walked as rows, into blocks of fixed size: some whole rows, or a part of one long row.
struct SumBlocks {
  std::int64_t rows, columns, height, width, across;

  SumBlocks(const Shape& terms, std::int64_t size)
      : rows(terms.rows()),
        columns(terms.columns()),
        height(columns < size ? size / columns : 1),
        width(columns < size ? columns : size),
        across((columns + width - 1) / width) {}

  std::int64_t count() const { return (rows + height - 1) / height * across; }
  /// Calls f(first row, last row, first column, length) for block b.
  template <class F>
  void visit(std::int64_t b, const F& f) const {
    const std::int64_t r = b / across * height, c = b % across * width;
    f(r, std::min(rows, r + height), c, std::min(width, columns - c));
  }
};

/// The sum of f over block b of the terms, each row of them dense, of the output whose terms begin at `from`.
template <class F, class T>
Accumulator<T> sum_along(const F& f, const T* from, const StridedLoop<1>& terms, const SumBlocks& blocks,
                         std::int64_t b) {
  using A = Accumulator<T>;
  Lanes<A> sum{};
  blocks.visit(b, [&](std::int64_t begin, std::int64_t end, std::int64_t column, std::int64_t n) {
    terms.rows(begin, end, [&](const std::int64_t* at) {
      const T* x = from + at[0] + column;
      std::int64_t i = 0;
      for (; i + lane_count<A> <= n; i += lane_count<A>) sum += f(load_as<A>(x + i));
      if (i < n) sum += f(load_some<A>(x + i, n - i));
    });
  });
  return add_lanes<A>(sum);
}

/// The same for n outputs side by side, `step` apart, one term of all of them after the other.
template <class F, class T>
void sum_across(const F& f, Accumulator<T>* sum, std::int64_t n, const T* from, std::int64_t step,
                const StridedLoop<1>& terms, const SumBlocks& blocks, std::int64_t b) {
  DensePiece<const T> piece;
  bool add = false;
  blocks.visit(b, [&](std::int64_t begin, std::int64_t end, std::int64_t column, std::int64_t length) {
    terms.rows(begin, end, [&](const std::int64_t* at) {
      for (std::int64_t j = column; j < column + length; ++j) {
        map_dense(f, sum, add, n, piece.read(from + at[0] + j * terms.step(0), step, n));
        add = true;
      }
    });
  });
}

}  // namespace detail

/// y = scale * (f(x) summed over the axes along which y's shape stretches to x's), added to y where it asks for it.
/// f works on vectors and f(0) = 0. Terms are added in blocks of a fixed size and the blocks in pairs, so that the
/// result does not depend on the number of threads and errors grow with the logarithm of the number of blocks.
template <class F, class G, class T>
void sum_map(Device device, const F& f, const GradView<G>& y, const StridedView<T>& x, double scale) {
  using A = Accumulator<T>;
  if (!y || y.view.size() == 0) return;
  const std::int64_t outputs = y.view.size();
  const auto scaled = [scale = static_cast<A>(scale)](auto v) { return v * scale; };
  if (x.size() == outputs) return map(device, [&](auto v) { return scaled(f(v)); }, y, x);
  const A zero = 0;
  if (x.size() == 0) return map(device, scaled, y, StridedView<const A>{&zero, {}, {}});

  StridedView<T> kept{x.data, {}, {}}, summed = kept;  // the axes of y, and the others
  for (int i = 0; i < x.shape.rank; ++i) {
    const int k = i - x.shape.rank;
    StridedView<T>& part = -k > y.view.shape.rank || y.view.shape[k] == 1 ? summed : kept;
    part.shape = part.shape.append(x.shape.dims[i]);
    part.strides = part.strides.append(x.strides.dims[i]);
  }
  const StridedLoop<1> out(kept.shape, kept), terms(summed.shape, summed);
  const bool along = terms.step(0) == 1;
  const detail::SumBlocks blocks(terms.shape, along ? 4096 : 256);
  const std::int64_t count = blocks.count();
  Scratch<A> sums(count * outputs);

  const std::int64_t columns = out.shape.columns(), rows = out.shape.rows(), width = along ? 64 : 128;
  const std::int64_t strips = (columns + width - 1) / width;
  const std::int64_t cost = blocks.height * blocks.width * std::min(width, columns);
  parallel_for(count * rows * strips, 1 + map_grain / (cost + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t task = first; task < last; ++task) {
      const std::int64_t b = task / (rows * strips), r = task / strips % rows, begin = task % strips * width;
      const std::int64_t n = std::min(width, columns - begin), step = out.step(0);
      out.rows(r, r + 1, [&](const std::int64_t* at) {
        A* sum = sums + b * outputs + r * columns + begin;
        const T* from = x.data + at[0] + begin * step;
        if (!along) return detail::sum_across(f, sum, n, from, step, terms, blocks, b);
        for (std::int64_t i = 0; i < n; ++i) sum[i] = detail::sum_along(f, from + i * step, terms, blocks, b);
      });
    }
  });

  for (std::int64_t gap = 1; gap < count; gap *= 2) {
    const std::int64_t pairs = (count - gap + 2 * gap - 1) / (2 * gap);
    parallel_for(pairs, 1 + map_grain / outputs, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t p = first; p < last; ++p) {
        A* sum = sums + 2 * gap * p * outputs;
        detail::map_dense([](auto v) { return v; }, sum, true, outputs, static_cast<const A*>(sum + gap * outputs));
      }
    });
  }
  map(device, scaled, y, StridedView<const A>{sums.data(), y.view.shape, dense_strides(y.view.shape)});
}

/// y = x summed over the axes along which y's shape stretches to x's; the order of summation is fixed (see sum_map).
template <class G, class T>
void sum_to(Device device, const GradView<G>& y, const StridedView<T>& x, double scale = 1) {
  sum_map(device, [](auto v) { return v; }, y, x, scale);
}
template <class G, class T>
void sum_to(Device device, const View<G>& y, const StridedView<T>& x) {
  sum_to(device, GradView<G>{y}, x);
}

/// y = the largest (or, with sign -1, the smallest) element along the middle axis; at = where it stands first. NaN
/// wins.
///   x: (outer, n, inner), n at least 1      y, at: (outer, inner); either may be left out; all dense
template <class T>
void extremum(Device, View<T> y, View<std::int32_t> at, std::type_identity_t<View<const T>> x, int sign) {
  const std::int64_t n = x.shape[1], inner = x.shape[2], columns = x.shape[0] * inner;
  parallel_for(columns, 1 + map_grain / n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      const T* p = x.data + c / inner * n * inner + c % inner;
      std::int64_t where = 0;
      Accumulator<T> best = p[0];
      for (std::int64_t i = 1; i < n && best == best; ++i) {
        const Accumulator<T> v = p[i * inner];
        if (v != v || (sign > 0 ? v > best : v < best)) best = v, where = i;
      }
      if (y.data) y.data[c] = p[where * inner];
      if (at.data) at.data[c] = static_cast<std::int32_t>(where);
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
