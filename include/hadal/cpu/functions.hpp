// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/map.hpp>
#include <hadal/cpu/math.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y = f.value(x), where f takes the functions of one number from its first argument (see ops/functions.hpp).
template <class F, class T>
void function_forward(Device device, const F& f, View<T> y, StridedView<const T> x) {
  map(device, [&](auto v) { return f.value(Math<Accumulator<T>>{}, v); }, GradView<T>{y}, x);
}

/// dx = dy f.derivative(kept), where f kept its argument or its result.
template <class F, class G, class T>
void function_backward(Device device, const F& f, const GradView<G>& dx, StridedView<const T> dy,
                       StridedView<const T> kept) {
  map(device, [&](auto d, auto v) { return d * f.derivative(Math<Accumulator<T>>{}, v); }, dx, dy, kept);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
