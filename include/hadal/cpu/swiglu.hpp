// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/row.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y = gate sigmoid(gate) up      all (..., F)
template <class T>
void swiglu_forward(Device, View<T> y, View<const T> gate, View<const T> up) {
  using A = Accumulator<T>;
  const std::int64_t n = gate.columns();
  const Writing to(y);
  for_each_row(gate.rows(), n, [&](std::int64_t r) {
    const T *a = gate.row(r), *b = up.row(r);
    T* out = y.row(r);
    sweep<T>(n, [&](std::int64_t i, auto part) {
      const Packet<A> g = read(a + i, part);
      write(out + i, part, mul(mul(g, sigmoid<A>(g)), read(b + i, part)), to);
    });
  });
}

/// With s = sigmoid(gate):  dgate = dy up s (1 + gate (1 - s))      dup = dy gate s
template <class T, class G>
void swiglu_backward(Device, GradView<G> dgate, GradView<G> dup, View<const T> dy, View<const T> gate,
                     View<const T> up) {
  using A = Accumulator<T>;
  const std::int64_t n = gate.columns();
  const Packet<A> one = set1<A>(1);
  const Writing to_gate(dgate), to_up(dup);
  for_each_row(gate.rows(), n, [&](std::int64_t r) {
    const T *a = gate.row(r), *b = up.row(r), *d = dy.row(r);
    G *da = dgate ? dgate.view.row(r) : nullptr, *db = dup ? dup.view.row(r) : nullptr;
    sweep<T>(n, [&](std::int64_t i, auto part) {
      const Packet<A> g = read(a + i, part), s = sigmoid<A>(g), ds = mul(read(d + i, part), s);
      if (da)
        write(da + i, part, mul(mul(ds, read(b + i, part)), fma(g, sub(one, s), one)), to_gate);
      if (db) write(db + i, part, mul(ds, g), to_up);
    });
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
