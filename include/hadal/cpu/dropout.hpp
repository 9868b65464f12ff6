// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/random.hpp>
#include <hadal/cpu/row.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

template <class T, class G>
void drop(GradView<G> y, View<const T> x, double p, Key key) {
  using A = Accumulator<T>;
  const std::int64_t n = x.columns();
  const A scale = static_cast<A>(1 / (1 - p));
  const auto threshold = static_cast<std::uint64_t>(p * 0x1p32);
  for_each_row(x.rows(), n, [&](std::int64_t r) {
    const T* in = x.row(r);
    G* out = y.view.row(r);
    RandomBlock block{};
    for (std::int64_t c = 0; c < n; ++c) {
      const auto i = static_cast<std::uint64_t>(r * n + c);
      if (c == 0 || i % 4 == 0) block = random_block(key, i / 4);
      const A v = block.word[i % 4] >= threshold ? A(in[c]) * scale : A(0);
      out[c] = G(y.add ? A(out[c]) + v : v);
    }
  });
}

}  // namespace detail

/// y = x / (1 - p) where word i of the key's stream is at least p 2^32, else 0; i counts elements in row-major order.
/// x, y: (..., C)
template <class T>
void dropout_forward(Device, View<T> y, View<const T> x, double p, Key key) {
  detail::drop(GradView<T>{y}, x, p, key);
}

/// dx = dy / (1 - p) where x was kept, else 0.
template <class T, class G>
void dropout_backward(Device, GradView<G> dx, View<const T> dy, double p, Key key) {
  detail::drop(dx, dy, p, key);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
