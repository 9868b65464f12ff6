// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/column_sum.hpp>

#include <cmath>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y = x * rstd * weight, rstd = 1 / sqrt(mean(x^2) + eps)          x, y: (..., C)  weight: (C)  rstd: (...)
template <class T>
void rms_norm_forward(Device, View<T> y, View<Accumulator<T>> rstd, View<const T> x, View<const T> weight, double eps) {
  using A = Accumulator<T>;
  const std::int64_t n = x.columns();
  const Writing to(y);
  for_each_row(x.rows(), n, [&](std::int64_t r) {
    const T* in = x.row(r);
    T* out = y.row(r);
    const Packet<A> squares = sum_sweep<T>(n, [&](std::int64_t i, auto part, const Packet<A>& sum) {
      const Packet<A> v = read(in + i, part);
      return fma(v, v, sum);
    });
    const A scale = A(1) / std::sqrt(sum(squares) / static_cast<A>(n) + static_cast<A>(eps));
    rstd.data[r] = scale;
    const Packet<A> s = set1<A>(scale);
    sweep<T>(n, [&](std::int64_t i, auto part) {
      __builtin_prefetch(in + x.row_stride + i);  // the next row, while this one is written
      write(out + i, part, mul(mul(read(in + i, part), s), read(weight.data + i, part)), to);
    });
  });
}

/// With n = x * rstd and g = dy * weight:   dx = rstd * (g - n * mean(g * n)),   dweight = sum over rows of dy * n.
template <class T, class GX, class GW>
void rms_norm_backward(Device, GradView<GX> dx, GradView<GW> dweight, View<const T> dy, View<const T> x,
                       View<const T> weight, View<const Accumulator<T>> rstd) {
  using A = Accumulator<T>;
  const std::int64_t n = x.columns(), rows = x.rows(), blocks = row_blocks(rows);
  const Scratch<A> partial(dweight ? blocks * n : 0);
  const Writing to(dx);
  for_each_row_block(rows, n, [&](std::int64_t block, std::int64_t begin, std::int64_t end) {
    A* dw = dweight ? partial + block * n : nullptr;
    if (dw) std::fill(dw, dw + n, A(0));
    for (std::int64_t r = begin; r < end; ++r) {
      const T *in = x.row(r), *d = dy.row(r);
      const Packet<A> s = set1<A>(rstd.data[r]);
      Packet<A> dot = zero<A>();
      sweep<T>(n, [&](std::int64_t i, auto part) {
        const Packet<A> normed = mul(read(in + i, part), s), di = read(d + i, part);
        dot = fma(mul(di, read(weight.data + i, part)), normed, dot);
        if (dw) write(dw + i, part, fma(di, normed, read(dw + i, part)));
      });
      if (!dx) continue;
      GX* out = dx.view.row(r);
      const Packet<A> mean = set1<A>(sum(dot) / static_cast<A>(n));
      sweep<T>(n, [&](std::int64_t i, auto part) {
        __builtin_prefetch(in + x.row_stride + i), __builtin_prefetch(d + dy.row_stride + i);
        const Packet<A> normed = mul(read(in + i, part), s);
        const Packet<A> g = mul(read(d + i, part), read(weight.data + i, part));
        write(out + i, part, mul(s, sub(g, mul(normed, mean))), to);
      });
    }
  });
  if (dweight) sum_blocks(dweight, partial.data(), blocks, n);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
