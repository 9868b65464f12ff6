// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/update.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// b = mu b + g        u = g + mu b (Nesterov) or b        w = (1 - lr decay) w - lr u
/// Without a momentum buffer (an empty view): u = g.
template <class T>
void sgd(Device, View<Accumulator<T>> value, View<T> rounded, View<Accumulator<T>> momentum,
         View<const Accumulator<T>> gradient, double lr, double decay, double mu, bool nesterov) {
  using A = Accumulator<T>;
  const A keep = static_cast<A>(1 - lr * decay), step = static_cast<A>(-lr), k = static_cast<A>(mu);
  detail::each_packet(value, rounded, [&]<class P>(std::int64_t i) {
    using namespace detail;
    P u = get<P>(gradient.data + i);
    if (momentum.data) {
      const P b = fma(spread<P>(k), get<P>(momentum.data + i), u);
      set(momentum.data + i, b);
      u = nesterov ? fma(spread<P>(k), b, u) : b;
    }
    set(value.data + i, fma(spread<P>(step), u, mul(spread<P>(keep), get<P>(value.data + i))));
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
