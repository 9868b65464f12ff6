// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>
#include <hadal/cpu/map.hpp>

#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y = x in another element type, rounded once, to nearest even        x, y: dense, of one size
template <class T, class S>
void convert(Device, View<T> y, View<const S> x) {
  const Writing to(y);
  detail::cut_row(y.size(), [&](std::int64_t begin, std::int64_t end) {
    if constexpr (is_real<T> && std::is_same_v<Accumulator<T>, Accumulator<S>>) {
      detail::map_dense([](auto v) { return v; }, y.data + begin, to, end - begin, x.data + begin);
    } else {
      using From = std::conditional_t<is_real<S>, Accumulator<S>, S>;
      using To = std::conditional_t<is_real<T>, Accumulator<T>, T>;
      for (std::int64_t i = begin; i < end; ++i)
        y.data[i] = static_cast<T>(static_cast<To>(static_cast<From>(x.data[i])));
    }
  });
}

/// a = keep * a + (1 - keep) * b, computed in the wider of the two     a, b: dense, of one size
template <class T, class S>
void average_into(Device, View<T> a, View<const S> b, double keep) {
  using A = std::common_type_t<Accumulator<T>, Accumulator<S>>;
  const A k = static_cast<A>(keep), rest = static_cast<A>(1 - keep);
  parallel_for(a.size(), 65536, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      a.data[i] = static_cast<T>(k * static_cast<A>(a.data[i]) + rest * static_cast<A>(b.data[i]));
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
