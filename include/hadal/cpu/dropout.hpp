// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/core/view.hpp>
#include <hadal/cpu/random.hpp>

#include <algorithm>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// x scale where the word is at least `threshold`, else 0.
template <class A>
struct Drop {
  A scale;
  std::uint32_t threshold;
  using Narrow = typename LanesOf<std::uint32_t, lane_count<A> * 4>::type;
  using Wide = std::conditional_t<sizeof(A) == 4, Narrow, typename LanesOf<std::uint64_t>::type>;

  HADAL_INLINE Lanes<A> operator()(Lanes<A> x, const std::uint32_t* words) const {
    Narrow w;
    __builtin_memcpy(&w, words, sizeof w);
    const auto kept = __builtin_convertvector(w, Wide) >= threshold;
    return kept ? x * scale : Lanes<A>{};
  }
};

template <class T, class G>
void drop(GradView<G> y, View<const T> x, double p, Key key) {
  using A = Accumulator<T>;
  const std::int64_t n = x.columns();
  const Drop<A> f{static_cast<A>(1 / (1 - p)), static_cast<std::uint32_t>(p * 0x1p32)};
  parallel_for(x.rows(), 32768 / std::max<std::int64_t>(n, 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const auto first = static_cast<std::uint64_t>(r * n);
      each_random_words(key, first, first + static_cast<std::uint64_t>(n),
                        [&](std::uint64_t i, const std::uint32_t* words, std::int64_t count) {
        const T* in = x.row(r) + (i - first);
        G* out = y.view.row(r) + (i - first);
        const auto step = [&](std::int64_t c, auto load, auto store) {
          const Lanes<A> v = f(load(in + c), words + c);
          store(out + c, y.add ? v + load(out + c) : v);
        };
        std::int64_t c = 0;
        for (; c + lane_count<A> <= count; c += lane_count<A>)
          step(c, [](auto* p) { return load_lanes(p); }, [](auto* p, Lanes<A> v) { store_lanes(p, v); });
        if (c < count)
          step(c, [&](auto* p) { return load_some<A>(p, count - c); },
               [&](auto* p, Lanes<A> v) { store_some(p, count - c, v); });
      });
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
