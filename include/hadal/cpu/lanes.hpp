// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/scalar.hpp>

#include <cstdint>
#include <type_traits>

// Vectors for kernels whose body is arithmetic alone, with the compilers' vector types, so that such kernels cost no
// include of Eigen: +, *, < and ?: work on them as on numbers, and a number beside one is broadcast.

namespace hadal::cpu {
inline namespace HADAL_ISA {

#if defined(__AVX512F__)
inline constexpr int lane_bytes = 64;
#elif defined(__AVX__)
inline constexpr int lane_bytes = 32;
#else
inline constexpr int lane_bytes = 16;
#endif

/// How many numbers of type A one vector holds.
template <class A>
inline constexpr int lane_count = lane_bytes / static_cast<int>(sizeof(A));

template <class A, int bytes = lane_bytes>
struct LanesOf {
  typedef A type __attribute__((vector_size(bytes)));
};
/// A vector of numbers of type A.
template <class A>
using Lanes = typename LanesOf<A>::type;

namespace detail {

// Vectors of the bits of as many floats as Lanes<float> holds.
using Bits16 = LanesOf<std::uint16_t, lane_bytes / 2>::type;
using Bits32 = LanesOf<std::uint32_t>::type;

inline Bits16 read_bits(const void* p) {
  Bits16 h;
  __builtin_memcpy(&h, p, sizeof h);
  return h;
}

HADAL_INLINE Lanes<float> widen_half(Bits16 h) {
  const Bits32 u = __builtin_convertvector(h, Bits32), a = (u & 0x7fffu) << 13;
  // The exponent is moved by a product, which makes subnormals right as well.
  const auto scaled = __builtin_bit_cast(Bits32, __builtin_bit_cast(Lanes<float>, a) * 0x1p112f);
  return __builtin_bit_cast(Lanes<float>, (a >= 0x0f800000u ? a | 0x7f800000u : scaled) | (u & 0x8000u) << 16);
}

HADAL_INLINE Bits16 narrow_half(Lanes<float> v) {
  const auto u = __builtin_bit_cast(Bits32, v);
  const Bits32 a = u & 0x7fffffffu;
  const Bits32 normal = (a - 0x38000000u + 0xfffu + ((a >> 13) & 1u)) >> 13;
  // Adding 0.5 leaves a subnormal's bits, rounded by the addition itself, at the end of the sum.
  const Bits32 tiny = __builtin_bit_cast(Bits32, __builtin_bit_cast(Lanes<float>, a) + 0.5f) - 0x3f000000u;
  const Bits32 infinite = (a ^ a) | 0x7c00u, nan = 0x7e00u | ((a >> 13) & 0x3ffu);
  Bits32 h = a < 0x38800000u ? tiny : normal;
  h = a >= 0x47800000u ? infinite : h;
  h = a > 0x7f800000u ? nan : h;
  return __builtin_convertvector(h | ((u >> 16) & 0x8000u), Bits16);
}

HADAL_INLINE Bits16 narrow_bf16(Lanes<float> v) {
  const auto u = __builtin_bit_cast(Bits32, v);
  const Bits32 rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16, nan = (u >> 16) | 0x40u;
  return __builtin_convertvector((u & 0x7fffffffu) > 0x7f800000u ? nan : rounded, Bits16);
}

}  // namespace detail

/// Reads lane_count elements, widened to the type that sums over T are kept in.
template <class T>
HADAL_INLINE Lanes<Accumulator<T>> load_lanes(const T* p) {
  if constexpr (std::is_same_v<T, bf16>) {
    const auto u = __builtin_convertvector(detail::read_bits(p), detail::Bits32) << 16;
    return __builtin_bit_cast(Lanes<float>, u);
  } else if constexpr (std::is_same_v<T, half>) {
    return detail::widen_half(detail::read_bits(p));
  } else {
    static_assert(std::is_same_v<T, Accumulator<T>>);
    Lanes<T> v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
  }
}

/// Writes lane_count elements, rounded to T as T's own conversion does.
template <class T>
HADAL_INLINE void store_lanes(T* p, Lanes<Accumulator<T>> v) {
  if constexpr (std::is_same_v<T, bf16>) {
    const auto h = detail::narrow_bf16(v);
    __builtin_memcpy(static_cast<void*>(p), &h, sizeof h);
  } else if constexpr (std::is_same_v<T, half>) {
    const auto h = detail::narrow_half(v);
    __builtin_memcpy(static_cast<void*>(p), &h, sizeof h);
  } else {
    static_assert(std::is_same_v<T, Accumulator<T>>);
    __builtin_memcpy(p, &v, sizeof v);
  }
}

/// Reads lane_count<A> elements as numbers of type A: T's own accumulator, or 0 and 1 for the bools of a mask.
template <class A, class T>
HADAL_INLINE Lanes<A> load_as(const T* p) {
  if constexpr (std::is_same_v<T, bool>) {
    typename LanesOf<std::uint8_t, lane_count<A>>::type bytes;
    __builtin_memcpy(&bytes, p, sizeof bytes);
    return __builtin_convertvector(bytes, Lanes<A>);
  } else {
    static_assert(std::is_same_v<A, Accumulator<T>>, "operands must accumulate in one type");
    return load_lanes(p);
  }
}

/// The same for the first n elements, with zeros in the other lanes: an element's value then never depends on whether
/// it falls into the tail of a loop.
template <class A, class T>
HADAL_INLINE Lanes<A> load_some(const T* p, std::int64_t n) {
  T whole[lane_count<A>] = {};
  for (std::int64_t i = 0; i < n; ++i) whole[i] = p[i];
  return load_as<A>(whole);
}

template <class T>
HADAL_INLINE void store_some(T* p, std::int64_t n, Lanes<Accumulator<T>> v) {
  T whole[lane_count<Accumulator<T>>];
  store_lanes(whole, v);
  for (std::int64_t i = 0; i < n; ++i) p[i] = whole[i];
}

/// The sum of all lanes, in halves.
template <class A>
HADAL_INLINE A add_lanes(Lanes<A> v) {
  A part[lane_count<A>];
  __builtin_memcpy(part, &v, sizeof v);
  for (int half = lane_count<A> / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) part[i] += part[i + half];
  return part[0];
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
