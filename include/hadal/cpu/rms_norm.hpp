// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>
#include <hadal/core/workspace.hpp>

#include <cmath>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y = x * rstd * weight, rstd = 1 / sqrt(mean(x^2) + eps)          x, y: (..., C)  weight: (C)  rstd: (...)
template <class T>
void rms_norm_forward(Device, View<T> y, View<Accumulator<T>> rstd, View<const T> x, View<const T> weight, double eps) {
  using A = Accumulator<T>;
  const std::int64_t C = x.columns();
  parallel_for(x.rows(), 1 + 16384 / (C + 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const T* xr = x.row(r);
      T* yr = y.row(r);
      constexpr int lanes = 16;  // independent sums, so that the loop vectorises
      A part[lanes] = {};
      std::int64_t i = 0;
      for (; i + lanes <= C; i += lanes)
        for (int k = 0; k < lanes; ++k) part[k] += static_cast<A>(xr[i + k]) * static_cast<A>(xr[i + k]);
      for (int k = 0; i < C; ++i, ++k) part[k] += static_cast<A>(xr[i]) * static_cast<A>(xr[i]);
      A sum = 0;
      for (int k = 0; k < lanes; ++k) sum += part[k];
      const A s = A(1) / std::sqrt(sum / static_cast<A>(C) + static_cast<A>(eps));
      rstd.data[r] = s;
      for (i = 0; i < C; ++i) yr[i] = static_cast<T>(static_cast<A>(xr[i]) * s * static_cast<A>(weight.data[i]));
    }
  });
}

/// With n = x * rstd and g = dy * weight:   dx = rstd * (g - n * mean(g * n)),   dweight = sum over rows of dy * n.
/// Rows are cut into blocks of a fixed size whose sums are added in order, so dweight does not depend on the threads.
template <class T, class GX, class GW>
void rms_norm_backward(Device, GradView<GX> dx, GradView<GW> dweight, View<const T> dy, View<const T> x,
                       View<const T> weight, View<const Accumulator<T>> rstd) {
  using A = Accumulator<T>;
  const std::int64_t C = x.columns(), rows = x.rows(), block = 128, blocks = (rows + block - 1) / block;
  Scratch<A> sums(dweight ? blocks * C : 0);
  parallel_tasks(blocks, [&](std::int64_t b) {
    A* sum = sums.data() + b * C;
    if (dweight)
      for (std::int64_t i = 0; i < C; ++i) sum[i] = 0;
    for (std::int64_t r = b * block; r < std::min(rows, (b + 1) * block); ++r) {
      const T *xr = x.row(r), *gr = dy.row(r);
      const A s = rstd.data[r];
      if (dweight)
        for (std::int64_t i = 0; i < C; ++i) sum[i] += static_cast<A>(gr[i]) * static_cast<A>(xr[i]) * s;
      if (!dx) continue;
      constexpr int lanes = 16;
      A part[lanes] = {};
      std::int64_t i = 0;
      const auto term = [&](std::int64_t j) {
        return static_cast<A>(gr[j]) * static_cast<A>(weight.data[j]) * static_cast<A>(xr[j]);
      };
      for (; i + lanes <= C; i += lanes)
        for (int k = 0; k < lanes; ++k) part[k] += term(i + k);
      for (int k = 0; i < C; ++i, ++k) part[k] += term(i);
      A dot = 0;
      for (int k = 0; k < lanes; ++k) dot += part[k];
      const A slope = dot * s * s * s / static_cast<A>(C);
      GX* out = dx.view.row(r);
      for (i = 0; i < C; ++i) {
        const A g = static_cast<A>(gr[i]) * static_cast<A>(weight.data[i]) * s - static_cast<A>(xr[i]) * slope;
        out[i] = static_cast<GX>(dx.add ? static_cast<A>(out[i]) + g : g);
      }
    }
  });
  if (!dweight) return;
  parallel_for(C, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      A total = dweight.add ? static_cast<A>(dweight.view.data[i]) : A(0);
      for (std::int64_t b = 0; b < blocks; ++b) total += sums[b * C + i];
      dweight.view.data[i] = static_cast<GW>(total);
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
