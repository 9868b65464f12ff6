// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>
#include <hadal/cpu/map.hpp>
#include <hadal/cpu/packet.hpp>

#include <algorithm>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

// What the optimizers' kernels share: loops whose bodies are written once, for packets and for the elements left over.

namespace detail {

/// v in every lane of P, which is Packet<T> or T itself.
template <class P, class T>
HADAL_INLINE P spread(T v) {
  if constexpr (std::is_same_v<P, T>) return v;
  else return set1(v);
}
template <class P, class T>
HADAL_INLINE P get(const T* p) {
  if constexpr (std::is_same_v<P, T>) return *p;
  else return load(p);
}
template <class P, class T>
HADAL_INLINE void set(T* p, const P& v) {
  if constexpr (std::is_same_v<P, T>) *p = v;
  else store(p, v);
}

/// Calls f.template operator()<P>(i) for i in 0 .. n-1, a packet of elements at a time and the last few one by one, and
/// block_done(begin, end) after each block. Which elements share a packet does not depend on the threads.
template <class A, class F, class G>
void each_packet(std::int64_t n, const F& f, const G& block_done) {
  constexpr std::int64_t block = 4096;
  parallel_for((n + block - 1) / block, 16, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      const std::int64_t end = std::min(n, (b + 1) * block);
      std::int64_t i = b * block;
      for (; i + lanes<A> <= end; i += lanes<A>) f.template operator()<Packet<A>>(i);
      for (; i < end; ++i) f.template operator()<A>(i);
      block_done(b * block, end);
    }
  });
}
template <class A, class F>
void each_packet(std::int64_t n, const F& f) {
  each_packet<A>(n, f, [](std::int64_t, std::int64_t) {});
}

/// The same for a weight, whose new value is then rounded into `rounded`: the weight itself where it is of half width
/// and `value` its master copy; empty elsewhere.
template <class T, class F>
void each_packet(View<Accumulator<T>> value, View<T> rounded, const F& f) {
  each_packet<Accumulator<T>>(value.size(), f, [&](std::int64_t begin, std::int64_t end) {
    if (!rounded.data) return;
    map_dense([](auto v) { return v; }, rounded.data + begin, false, end - begin,
              static_cast<const Accumulator<T>*>(value.data + begin));
  });
}

}  // namespace detail
}  // namespace HADAL_ISA
}  // namespace hadal::cpu
