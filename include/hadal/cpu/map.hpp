// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/cpu/lanes.hpp>
#include <hadal/cpu/strided.hpp>
#include <hadal/cpu/writing.hpp>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// Elements below which a second thread does not pay.
inline constexpr std::int64_t map_grain = 32768;

namespace detail {

template <class F, class G, class... X>
void map_dense(const F& f, G* y, const Writing& to, std::int64_t n, const X*... x) {
  using A = Accumulator<G>;
  std::int64_t i = 0;
  for (; i + lane_count<A> <= n; i += lane_count<A>) {
    Lanes<A> v = f(load_as<A>(x + i)...);
    if (to.add) v += load_lanes(y + i);
    if constexpr (std::is_same_v<G, float>)
      if (to.past && store_past(y + i, v)) continue;
    store_lanes(y + i, v);
  }
  if (i == n) return;
  Lanes<A> v = f(load_some<A>(x + i, n - i)...);
  if (to.add) v += load_some<A>(y + i, n - i);
  store_some(y + i, n - i, v);
}

/// Calls f(begin, end) for pieces of a row of n elements, in parallel where that pays. Pieces begin where vectors are
/// aligned if the row does.
template <class F>
void cut_row(std::int64_t n, const F& f) {
  constexpr std::int64_t unit = 64;
  parallel_for((n + unit - 1) / unit, map_grain / unit,
               [&](std::int64_t begin, std::int64_t end) { f(begin * unit, std::min(n, end * unit)); });
}

/// Copies a row's elements.
template <class T>
void copy_row(T* y, const T* x, std::int64_t n, const Writing& to) {
  if constexpr (std::is_same_v<T, float>)
    if (to.past) return map_dense([](auto v) { return v; }, y, to, n, x);
  // A call for each of many short rows would take longer than the copy.
  constexpr std::int64_t width = lane_bytes / static_cast<std::int64_t>(sizeof(T));
  if (n < width || n > 16 * width) {
    std::copy(x, x + n, y);
    return;
  }
  const auto move = [&](std::int64_t i) {
    std::uint8_t v[lane_bytes];
    __builtin_memcpy(v, static_cast<const void*>(x + i), lane_bytes);
    __builtin_memcpy(static_cast<void*>(y + i), v, lane_bytes);
  };
  for (std::int64_t i = 0; i + width < n; i += width) move(i);
  move(n - width);  // once more over some of the others
}

/// A piece of a row as dense elements: in place, or copied when they lie apart or are one repeated.
template <class T>
struct DensePiece {
  static constexpr std::int64_t size = 512;
  std::remove_const_t<T> copy[size];

  T* read(T* x, std::int64_t step, std::int64_t n) {
    if (step == 1) return x;
    for (std::int64_t i = 0; i < n; ++i) copy[i] = x[i * step];
    return copy;
  }
  void write_back(T* x, std::int64_t step, std::int64_t n) const {
    if (step == 1) return;
    for (std::int64_t i = 0; i < n; ++i) x[i * step] = copy[i];
  }
};

template <std::size_t... k, class F, class G, class... X>
void map_strided(std::index_sequence<k...>, const F& f, const StridedView<G>& y, const Writing& writing,
                 const StridedView<X>&... x) {
  if (y.size() == 0) return;
  const StridedLoop<1 + sizeof...(X)> loop(y.shape, y, x...);
  const bool dense = loop.step(0) == 1 && ((loop.step(1 + k) == 1) && ...);

  const auto row = [&](std::int64_t n, G* to, X*... from) {
    if (dense) return map_dense(f, to, writing, n, from...);
    DensePiece<G> out;
    std::tuple<DensePiece<X>...> in;
    for (std::int64_t i = 0; i < n; i += out.size) {
      const std::int64_t m = std::min(out.size, n - i);
      G* piece = to + i * loop.step(0);
      map_dense(f, out.read(piece, loop.step(0), m), writing.add, m,
                std::get<k>(in).read(from + i * loop.step(1 + k), loop.step(1 + k), m)...);
      out.write_back(piece, loop.step(0), m);
    }
  };
  const auto block = [&](std::int64_t row_begin, std::int64_t row_end, std::int64_t begin, std::int64_t end) {
    loop.rows(row_begin, row_end, [&](const std::int64_t* at) {
      row(end - begin, y.data + at[0] + begin * loop.step(0), (x.data + at[1 + k] + begin * loop.step(1 + k))...);
    });
  };

  const std::int64_t rows = loop.shape.rows(), columns = loop.shape.columns();
  if (columns < map_grain) {
    parallel_for(rows, map_grain / columns, [&](std::int64_t b, std::int64_t e) { block(b, e, 0, columns); });
  } else {
    for (std::int64_t r = 0; r < rows; ++r)
      cut_row(columns, [&](std::int64_t b, std::int64_t e) { block(r, r + 1, b, e); });
  }
}

}  // namespace detail

/// y = f(x...), or y += f(x...) if it writes on top, element by element; every x broadcasts to the shape of y. f works
/// on vectors (cpu/lanes.hpp) of the accumulator type that all operands share; a bool counts as 0 or 1 of that type. y
/// may be one of the x in place; no element of y may repeat.
template <class F, class G, class... X>
void map(Device, const F& f, const StridedView<G>& y, const Writing& to, const StridedView<X>&... x) {
  detail::map_strided(std::index_sequence_for<X...>{}, f, y, to, broadcast(x, y.shape)...);
}
template <class F, class G, class... X>
void map(Device device, const F& f, const GradView<G>& y, const StridedView<X>&... x) {
  if (y) map(device, f, strided(y.view), Writing(y), x...);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
