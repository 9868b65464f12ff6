// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/random.hpp>
#include <hadal/cpu/row.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y = x / (1 - p) where element i of the stream is at least p, else 0; i counts all elements in row-major order.
/// The same kernel takes dy to dx.  x, y: (..., C)
template <class T, class G>
void dropout_apply(Device, GradView<G> y, View<const T> x, double p, Key key) {
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

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
