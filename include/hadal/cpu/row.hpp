// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>
#include <hadal/cpu/lanes.hpp>
#include <hadal/cpu/packet.hpp>
#include <hadal/cpu/writing.hpp>

#include <algorithm>
#include <cstdint>

// What the row-wise kernels share: rows are read as packets of the accumulator type whatever their element type, and
// the ragged end of a row runs the same code as the rest.

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// Which lanes of a packet a step of `sweep` works on: all, or the first n.
struct Whole {};
struct Part {
  std::int64_t n;
};

/// Calls f(i, part) for i = 0, W, 2W, ... below n, where W is the number of lanes.
template <class T, class F>
HADAL_INLINE void sweep(std::int64_t n, F&& f) {
  constexpr std::int64_t width = lanes<Accumulator<T>>;
  std::int64_t i = 0;
  for (; i + width <= n; i += width) f(i, Whole{});
  if (i < n) f(i, Part{n - i});
}

/// A sum over a row: f(i, part, sum) adds a packet's share. Four sums are kept, so that none waits for the one before.
template <class T, class F>
HADAL_INLINE Packet<Accumulator<T>> sum_sweep(std::int64_t n, F&& f) {
  using A = Accumulator<T>;
  constexpr std::int64_t width = lanes<A>;
  Packet<A> a = zero<A>(), b = a, c = a, d = a;
  std::int64_t i = 0;
  for (; i + 4 * width <= n; i += 4 * width) {
    a = f(i, Whole{}, a), b = f(i + width, Whole{}, b);
    c = f(i + 2 * width, Whole{}, c), d = f(i + 3 * width, Whole{}, d);
  }
  for (; i + width <= n; i += width) a = f(i, Whole{}, a);
  if (i < n) b = f(i, Part{n - i}, b);
  return add(add(a, b), add(c, d));
}

/// Rounds lanes<float> elements as the scalar conversion does.
template <class T>
  requires(!std::is_same_v<T, Accumulator<T>>)
HADAL_INLINE void store(T* p, const Packet<float>& v) {
  if constexpr (lanes<float> == lane_count<float>) {
    store_lanes(p, detail::bits_as<Lanes<float>>(v));
  } else {
    float f[lanes<float>];
    store(f, v);
    for (int i = 0; i < lanes<float>; ++i) p[i] = T(f[i]);
  }
}

namespace detail {
/// The first n lanes.
template <class T>
HADAL_INLINE auto lane_mask(std::int64_t n) {
  return static_cast<std::conditional_t<lanes<T> == 8, std::uint8_t, std::uint16_t>>((1u << n) - 1);
}
}  // namespace detail

/// Asks for a row before it is read. Rows that lie far apart are not foreseen by the machine.
template <class T>
HADAL_INLINE void prefetch_row(const T* row, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += 64 / static_cast<std::int64_t>(sizeof(T))) __builtin_prefetch(row + i);
}

/// A packet of row elements.
template <class T>
HADAL_INLINE Packet<Accumulator<T>> read(const T* p, Whole, Accumulator<T> = 0) {
  return load(p);
}
/// The lanes past the end of the row hold `fill`.
template <class T>
HADAL_INLINE Packet<Accumulator<T>> read(const T* p, Part part, Accumulator<T> fill = 0) {
  using A = Accumulator<T>;
  if constexpr (can_mask<T>) {
    const auto mask = detail::lane_mask<T>(part.n);
    const Packet<A> v = Eigen::internal::ploadu<Packet<A>>(p, mask);
    if (fill == 0) return v;
    A rest[lanes<A>];
    store(rest, set1<A>(fill));
    return Eigen::internal::por(v, Eigen::internal::ploadu<Packet<A>>(rest, static_cast<decltype(mask)>(~mask)));
  } else {
    A v[lanes<A>];
    for (int i = 0; i < lanes<A>; ++i) v[i] = i < part.n ? A(p[i]) : fill;
    return load(v);
  }
}

template <class T>
HADAL_INLINE void write(T* p, Whole, const Packet<Accumulator<T>>& v) {
  store(p, v);
}
template <class T>
HADAL_INLINE void write(T* p, Part part, const Packet<Accumulator<T>>& packet) {
  using A = Accumulator<T>;
  if constexpr (can_mask<T>) {
    Eigen::internal::pstoreu(p, packet, detail::lane_mask<T>(part.n));
  } else {
    A v[lanes<A>];
    store(v, packet);
    for (int i = 0; i < part.n; ++i) p[i] = T(v[i]);
  }
}
/// The same on top of what is there, or past the caches.
template <class T, class Some>
HADAL_INLINE void write(T* p, Some part, const Packet<Accumulator<T>>& v, const Writing& to) {
  if constexpr (std::is_same_v<T, float> && std::is_same_v<Some, Whole> && lanes<float> == lane_count<float>)
    if (to.past && detail::store_past(p, detail::bits_as<Lanes<float>>(v))) return;
  write(p, part, to.add ? add(v, read(p, part)) : v);
}

/// exp of every lane, 0 where the result would be subnormal; NaN stays NaN. A is float or double.
template <class A>
HADAL_INLINE Packet<A> exp_flushed(const Packet<A>& x) {
  const Packet<A> tiny = Eigen::internal::pcmp_lt(x, set1<A>(std::is_same_v<A, float> ? A(-87.33654) : A(-708.39641)));
  return Eigen::internal::pandnot(exp(x), tiny);
}

/// 2 to the power of every lane, for lanes up to 127; below -126 it runs out, to 0 at the latest at -127. NaN stays
/// NaN. For floats 2^n (1 + r P(r)) with n the nearest integer and r = x - n; P, of the smallest relative error, is off
/// by 2^-28 at most.
template <class A>
HADAL_INLINE Packet<A> exp2_flushed(const Packet<A>& x) {
  if constexpr (!std::is_same_v<A, float>) {
    return exp_flushed<A>(mul(x, set1<A>(0.69314718055994530942)));
  } else {
    // Beside 1.5 * 2^23 only the integer part is left, in the last bits: n + 127, the exponent of 2^n.
    const Packet<A> kept = max(x, set1(-127.0f)), origin = set1(12582912.0f + 127), moved = add(kept, origin);
    const Packet<A> r = sub(kept, sub(moved, origin));
    Packet<A> y = fma(set1(1.5353363e-4f), r, set1(1.3398874e-3f));
    y = fma(fma(y, r, set1(9.6184374e-3f)), r, set1(5.5503324e-2f));
    y = fma(fma(y, r, set1(2.4022648e-1f)), r, set1(6.9314720e-1f));
    y = fma(y, r, set1(1.0f));
    using Bits = detail::Vector<std::uint32_t, lanes<A>>;
    return mul(y, detail::bits_as<Packet<A>>(detail::bits_as<Bits>(moved) << 23));
  }
}

/// Lanes first .. end-1 of v, and `fill` in the others.
template <class A>
HADAL_INLINE Packet<A> within_lanes(const Packet<A>& v, std::int64_t first, std::int64_t end, A fill) {
  const Packet<A> lane = Eigen::internal::plset<Packet<A>>(A(0.5));
  const Packet<A> inside = Eigen::internal::pand(Eigen::internal::pcmp_lt(set1(static_cast<A>(first)), lane),
                                                 Eigen::internal::pcmp_lt(lane, set1(static_cast<A>(end))));
  return Eigen::internal::pselect(inside, v, set1(fill));
}

/// 1 / (1 + exp(-x)).
template <class A>
HADAL_INLINE Packet<A> sigmoid(const Packet<A>& x) {
  const Packet<A> one = set1<A>(1);
  return div(one, add(one, exp_flushed<A>(Eigen::internal::pnegate(x))));
}

/// Calls f(row) for all rows, in parallel where that pays.
template <class F>
void for_each_row(std::int64_t rows, std::int64_t columns, const F& f) {
  parallel_for(rows, 32768 / std::max<std::int64_t>(columns, 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) f(r);
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
