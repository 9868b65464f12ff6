// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/cpu/ids.hpp>
#include <hadal/cpu/map.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y[o, k, :] = x[o, index[k], :]        x: (outer, N, inner)  index: (K)  y: (outer, K, inner), all dense
template <class T>
void index_select_forward(Device, View<T> y, std::type_identity_t<View<const T>> x, View<const std::int32_t> index) {
  const std::int64_t N = x.shape[1], K = index.size(), inner = x.shape[2];
  check_ids("index_select", "index", index.data, K, N, "elements along the axis");
  parallel_for(x.shape[0] * K, 1 + map_grain / (inner + 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      std::copy_n(x.data + (r / K * N + index.data[r % K]) * inner, inner, y.data + r * inner);
  });
}

/// dx[o, index[k], :] += dy[o, k, :], in the order of k: threads share out the columns, never the terms of a sum.
///   dx: (outer, N, inner)  dy: (outer, K, inner)  index: (K), checked by the forward; all dense
template <class G, class T>
void index_select_backward(Device, View<G> dx, View<const T> dy, View<const std::int32_t> index) {
  const std::int64_t N = dx.shape[1], K = index.size(), inner = dx.shape[2], width = 128;
  const std::int64_t strips = (inner + width - 1) / width;
  parallel_for(dx.shape[0] * strips, 1 + map_grain / (K * std::min(width, inner) + 1),
               [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t o = task / strips, c = task % strips * width, n = std::min(width, inner - c);
      for (std::int64_t k = 0; k < K; ++k)
        detail::map_dense([](auto v) { return v; }, dx.data + (o * N + index.data[k]) * inner + c, true, n,
                          dy.data + (o * K + k) * inner + c);
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
