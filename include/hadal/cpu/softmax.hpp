// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/row.hpp>

#include <cmath>
#include <limits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// The largest element of a row; NaN where the row has one and the maximum met it.
template <class T>
Accumulator<T> row_max(const T* x, std::int64_t n) {
  using A = Accumulator<T>;
  constexpr A lowest = -std::numeric_limits<A>::infinity();
  Packet<A> m = set1<A>(lowest);
  sweep<T>(n, [&](std::int64_t i, auto part) { m = max(m, read(x + i, part, lowest)); });
  return largest(m);
}

/// sum(exp(x - shift)); keep(i, part, e) sees every packet of exponentials.
template <class T, class Keep>
Accumulator<T> row_exp_sum(const T* x, std::int64_t n, Accumulator<T> shift, const Keep& keep) {
  using A = Accumulator<T>;
  constexpr A lowest = -std::numeric_limits<A>::infinity();
  Packet<A> total = zero<A>();
  const Packet<A> s = set1<A>(shift);
  sweep<T>(n, [&](std::int64_t i, auto part) {
    const Packet<A> e = exp_flushed<A>(sub(read(x + i, part, lowest), s));
    keep(i, part, e);
    total = add(total, e);
  });
  return sum(total);
}

/// log(sum(exp(x))) of a row.
template <class T>
Accumulator<T> row_lse(const T* x, std::int64_t n) {
  const Accumulator<T> m = row_max(x, n);
  return m + std::log(row_exp_sum(x, n, m, [](auto...) {}));
}

}  // namespace detail

/// y = exp(x - max) / sum(exp(x - max)) over rows      x, y: (..., C)
template <class T>
void softmax_forward(Device, View<T> y, View<const T> x) {
  using A = Accumulator<T>;
  const std::int64_t n = x.columns();
  for_each_row(x.rows(), n, [&](std::int64_t r) {
    const T* in = x.row(r);
    T* out = y.row(r);
    const Scratch<A> wide(std::is_same_v<T, A> ? 0 : n);
    A* e = wide;
    if constexpr (std::is_same_v<T, A>) e = out;
    const A total = detail::row_exp_sum(in, n, detail::row_max(in, n), [&](std::int64_t i, auto part, const auto& v) {
      write(e + i, part, v);
    });
    const Packet<A> scale = set1<A>(A(1) / total);
    sweep<T>(n, [&](std::int64_t i, auto part) { write(out + i, part, mul(read(e + i, part), scale)); });
  });
}

/// dx = y (dy - sum(dy y))
template <class T, class G>
void softmax_backward(Device, GradView<G> dx, View<const T> dy, View<const T> y) {
  using A = Accumulator<T>;
  const std::int64_t n = y.columns();
  const Writing to(dx);
  for_each_row(y.rows(), n, [&](std::int64_t r) {
    const T *p = y.row(r), *g = dy.row(r);
    G* out = dx.view.row(r);
    const Packet<A> dot = sum_sweep<T>(n, [&](std::int64_t i, auto part, const Packet<A>& sum) {
      return fma(read(p + i, part), read(g + i, part), sum);
    });
    const Packet<A> mean = set1<A>(sum(dot));
    sweep<T>(n, [&](std::int64_t i, auto part) {
      write(out + i, part, mul(read(p + i, part), sub(read(g + i, part), mean)), to);
    });
  });
}

/// y = x - log(sum(exp(x))) over rows      x, y: (..., C)
template <class T>
void log_softmax_forward(Device, View<T> y, View<const T> x) {
  using A = Accumulator<T>;
  const std::int64_t n = x.columns();
  const Writing to(y);
  for_each_row(x.rows(), n, [&](std::int64_t r) {
    const T* in = x.row(r);
    T* out = y.row(r);
    // The shift by the maximum is subtracted first: x - max is exact where it matters, x - (max + log) is not.
    const A m = detail::row_max(in, n);
    const Packet<A> shift = set1<A>(m), rest = set1<A>(std::log(detail::row_exp_sum(in, n, m, [](auto...) {})));
    sweep<T>(n,
             [&](std::int64_t i, auto part) { write(out + i, part, sub(sub(read(in + i, part), shift), rest), to); });
  });
}

/// dx = dy - exp(y) sum(dy)
template <class T, class G>
void log_softmax_backward(Device, GradView<G> dx, View<const T> dy, View<const T> y) {
  using A = Accumulator<T>;
  const std::int64_t n = y.columns();
  const Writing to(dx);
  for_each_row(y.rows(), n, [&](std::int64_t r) {
    const T *p = y.row(r), *g = dy.row(r);
    G* out = dx.view.row(r);
    const Packet<A> total = sum_sweep<T>(
        n, [&](std::int64_t i, auto part, const Packet<A>& sum) { return add(sum, read(g + i, part)); });
    const Packet<A> s = set1<A>(sum(total));
    sweep<T>(n, [&](std::int64_t i, auto part) {
      write(out + i, part, sub(read(g + i, part), mul(exp_flushed<A>(read(p + i, part)), s)), to);
    });
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
