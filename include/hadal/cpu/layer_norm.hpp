// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/column_sum.hpp>

#include <cmath>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y = (x - mean) rstd weight + bias, rstd = 1 / sqrt(mean((x - mean)^2) + eps)
/// x, y: (..., C)  weight, bias: (C)  mean, rstd: (...)
template <class T>
void layer_norm_forward(Device, View<T> y, View<Accumulator<T>> mean, View<Accumulator<T>> rstd, View<const T> x,
                        View<const T> weight, View<const T> bias, double eps) {
  using A = Accumulator<T>;
  const std::int64_t n = x.columns();
  const Writing to(y);
  for_each_row(x.rows(), n, [&](std::int64_t r) {
    const T* in = x.row(r);
    T* out = y.row(r);
    const Packet<A> total = sum_sweep<T>(
        n, [&](std::int64_t i, auto part, const Packet<A>& sum) { return add(sum, read(in + i, part)); });
    const A center = sum(total) / static_cast<A>(n);
    const Packet<A> m = set1<A>(center);
    const Packet<A> squares = sum_sweep<T>(n, [&](std::int64_t i, auto part, const Packet<A>& sum) {
      const Packet<A> d = sub(read(in + i, part, center), m);
      return fma(d, d, sum);
    });
    const A scale = A(1) / std::sqrt(sum(squares) / static_cast<A>(n) + static_cast<A>(eps));
    mean.data[r] = center;
    rstd.data[r] = scale;
    const Packet<A> s = set1<A>(scale);
    sweep<T>(n, [&](std::int64_t i, auto part) {
      __builtin_prefetch(in + x.row_stride + i);  // the next row, while this one is written
      const Packet<A> normed = mul(sub(read(in + i, part), m), s);
      write(out + i, part, fma(normed, read(weight.data + i, part), read(bias.data + i, part)), to);
    });
  });
}

/// With xhat = (x - mean) rstd and g = dy weight:
/// dx = rstd (g - mean(g) - xhat mean(g xhat))      dweight = sum over rows of dy xhat      dbias = sum over rows of dy
template <class T, class GX, class GW, class GB>
void layer_norm_backward(Device, GradView<GX> dx, GradView<GW> dweight, GradView<GB> dbias, View<const T> dy,
                         View<const T> x, View<const Accumulator<T>> mean, View<const Accumulator<T>> rstd,
                         View<const T> weight) {
  using A = Accumulator<T>;
  const std::int64_t n = x.columns(), rows = x.rows(), blocks = row_blocks(rows);
  const bool parameters = dweight || dbias;
  const Writing to(dx);
  const Scratch<A> partial(parameters ? blocks * 2 * n : 0);
  for_each_row_block(rows, n, [&](std::int64_t block, std::int64_t begin, std::int64_t end) {
    A* dw = parameters ? partial + block * 2 * n : nullptr;
    if (dw) std::fill(dw, dw + 2 * n, A(0));
    for (std::int64_t r = begin; r < end; ++r) {
      const T *in = x.row(r), *d = dy.row(r);
      const A center = mean.data[r];
      const Packet<A> m = set1<A>(center), s = set1<A>(rstd.data[r]);
      Packet<A> sum_g = zero<A>(), sum_gx = zero<A>();
      sweep<T>(n, [&](std::int64_t i, auto part) {
        const Packet<A> xhat = mul(sub(read(in + i, part, center), m), s), di = read(d + i, part);
        const Packet<A> g = mul(di, read(weight.data + i, part));
        sum_g = add(sum_g, g);
        sum_gx = fma(g, xhat, sum_gx);
        if (dw) {
          write(dw + i, part, fma(di, xhat, read(dw + i, part)));
          write(dw + n + i, part, add(di, read(dw + n + i, part)));
        }
      });
      if (!dx) continue;
      GX* out = dx.view.row(r);
      const Packet<A> mean_g = set1<A>(sum(sum_g) / static_cast<A>(n));
      const Packet<A> mean_gx = set1<A>(sum(sum_gx) / static_cast<A>(n));
      sweep<T>(n, [&](std::int64_t i, auto part) {
        __builtin_prefetch(in + x.row_stride + i), __builtin_prefetch(d + dy.row_stride + i);
        const Packet<A> xhat = mul(sub(read(in + i, part), m), s);
        const Packet<A> g = mul(read(d + i, part), read(weight.data + i, part));
        write(out + i, part, mul(s, sub(sub(g, mean_g), mul(xhat, mean_gx))), to);
      });
    }
  });
  if (dweight) sum_blocks(dweight, partial.data(), blocks, 2 * n);
  if (dbias) sum_blocks(dbias, partial.data() + n, blocks, 2 * n);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
