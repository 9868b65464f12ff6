// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/newton_schulz.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// For each matrix (n, m):
///   B = mu B + G        U = G + mu B (Nesterov) or B        O = newton_schulz(U)        W = (1 - lr decay) W - step O
/// value: the weights W (..., n, m), or their float masters, which are then rounded into `rounded` (else empty).
/// Matrices are shared between the threads; a single one is split.
template <class T>
void muon(Device device, View<Accumulator<T>> value, View<T> rounded, View<Accumulator<T>> momentum,
          View<const Accumulator<T>> gradient, double step, double shrink, double mu, bool nesterov,
          std::span<const std::array<double, 3>> polynomials) {
  using A = Accumulator<T>;
  const std::int64_t n = gradient.shape[-2], m = gradient.shape[-1], size = n * m;
  if (gradient.size() == 0) return;
  const A k = static_cast<A>(mu), keep = static_cast<A>(1 - shrink), back = static_cast<A>(-step);
  parallel_tasks(gradient.size() / size, [&](std::int64_t e) {
    using namespace detail;
    Scratch<A> update(size);
    const A* const g = gradient.data + e * size;
    A *const u = update.data(), *const b = momentum.data + e * size, *const w = value.data + e * size;
    each_packet<A>(size, [&]<class P>(std::int64_t i) {
      const P gi = get<P>(g + i), bi = fma(spread<P>(k), get<P>(b + i), gi);
      set(b + i, bi);
      set(u + i, nesterov ? fma(spread<P>(k), bi, gi) : bi);
    });
    newton_schulz_matrix(device, dense_matrix(u, n, m), polynomials);
    const Shape shape{n, m};
    const View<T> out = rounded.data ? View<T>{rounded.data + e * size, shape, m} : View<T>{};
    each_packet(View<A>{w, shape, m}, out, [&]<class P>(std::int64_t i) {
      set(w + i, fma(spread<P>(back), get<P>(u + i), mul(spread<P>(keep), get<P>(w + i))));
    });
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
