// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/update.hpp>

#include <cmath>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// value: the weight w, or the float master of one of half width, which is then rounded into `rounded` (else empty).
/// m = b1 m + (1 - b1) g        v = b2 v + (1 - b2) g^2
/// w = (1 - lr decay) w - lr / c1 * m / (sqrt(v / c2) + eps),   c1 = 1 - b1^t, c2 = 1 - b2^t at step t >= 1
template <class T>
void adamw(Device, View<Accumulator<T>> value, View<T> rounded, View<Accumulator<T>> first, View<Accumulator<T>> second,
           View<const Accumulator<T>> gradient, double lr, double decay, double b1, double b2, double eps, double c1,
           double c2) {
  using A = Accumulator<T>;
  const A keep = static_cast<A>(1 - lr * decay), step = static_cast<A>(-lr / c1);
  const A root = static_cast<A>(1 / std::sqrt(c2)), e = static_cast<A>(eps);
  const A k1 = static_cast<A>(b1), r1 = static_cast<A>(1 - b1), k2 = static_cast<A>(b2), r2 = static_cast<A>(1 - b2);
  detail::each_packet(value, rounded, [&]<class P>(std::int64_t i) {
    using namespace detail;
    const P g = get<P>(gradient.data + i);
    const P m = fma(spread<P>(k1), get<P>(first.data + i), mul(spread<P>(r1), g));
    const P v = fma(spread<P>(k2), get<P>(second.data + i), mul(spread<P>(r2), mul(g, g)));
    const P w = mul(spread<P>(keep), get<P>(value.data + i));
    const P scale = fma(sqrt(v), spread<P>(root), spread<P>(e));
    set(first.data + i, m);
    set(second.data + i, v);
    set(value.data + i, fma(spread<P>(step), div(m, scale), w));
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
