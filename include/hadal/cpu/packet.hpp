// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/scalar.hpp>

// g++ 12 takes the undefined operands inside its own AVX-512 intrinsics for mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <hadal/cpu/eigen_packets.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"  // packets as template arguments: alignment is not lost here
#endif

#include <cstdint>
#include <cstring>

// Kernels vectorise with the names below, which are Eigen's packet functions: the same source compiles to SSE, AVX,
// AVX-512 and NEON, and to scalars elsewhere.

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// A vector register of T (float, double, int32).
template <class T>
using Packet = typename Eigen::internal::packet_traits<T>::type;
/// Elements in a Packet<T>.
template <class T>
inline constexpr int lanes = Eigen::internal::unpacket_traits<Packet<T>>::size;
/// n rounded up to whole packets.
template <class T>
constexpr std::int64_t padded(std::int64_t n) {
  return (n + lanes<T> - 1) / lanes<T> * lanes<T>;
}
/// Whether some lanes of a T can be loaded and stored without touching the memory of the rest. A half-width element is
/// not a lane.
template <class T>
inline constexpr bool can_mask = false;
template <>
inline constexpr bool can_mask<float> = Eigen::internal::unpacket_traits<Packet<float>>::masked_load_available;
/// Vector registers the machine has.
#if defined(__AVX512F__) || defined(__ARM_NEON)
inline constexpr int vector_registers = 32;
#else
inline constexpr int vector_registers = 16;
#endif

namespace detail {
#if defined(__GNUC__)
template <class U, int n>
struct VectorOf {
  typedef U type __attribute__((vector_size(n * sizeof(U))));
};
template <class U, int n>
using Vector = typename VectorOf<U, n>::type;
#endif
template <class To, class From>
HADAL_INLINE To bits_as(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}
}  // namespace detail

HADAL_INLINE Packet<float> load(const float* p) { return Eigen::internal::ploadu<Packet<float>>(p); }
HADAL_INLINE Packet<double> load(const double* p) { return Eigen::internal::ploadu<Packet<double>>(p); }

namespace detail {
#if defined(__GNUC__)
using FloatBits = Vector<std::uint32_t, lanes<float>>;

/// The floats whose bits in S are h.
template <class S>
HADAL_INLINE Packet<float> widen_bits(FloatBits h) {
  if constexpr (std::is_same_v<S, bf16>) {
    return bits_as<Packet<float>>(h << 16);
  } else {
    const FloatBits magnitude = (h & 0x7fffu) << 13;
    // The exponent is 112 too small; multiplying by 2^112 mends it, for subnormals too. Infinity and NaN need all of
    // its bits set.
    const auto finite = bits_as<FloatBits>(bits_as<Vector<float, lanes<float>>>(magnitude) * 0x1p112f);
    const FloatBits special = bits_as<FloatBits>((h & 0x7c00u) == 0x7c00u) & 0x7f800000u;
    return bits_as<Packet<float>>(finite | special | ((h & 0x8000u) << 16));
  }
}
/// The same of one half of each word.
template <class S>
HADAL_INLINE Packet<float> widen_word(const Packet<float>& words, bool upper) {
  const auto w = bits_as<FloatBits>(words);
  if constexpr (std::is_same_v<S, bf16>) return upper ? bits_as<Packet<float>>(w & 0xffff0000u) : widen_bits<S>(w);
  else return widen_bits<S>(upper ? w >> 16 : w & 0xffffu);
}
#endif

template <class S>
HADAL_INLINE Packet<float> load_widened(const S* p) {
  constexpr int n = lanes<float>;
  if constexpr (n == 1) {
    return bits_as<Packet<float>>(static_cast<float>(*p));
  } else {
    Vector<std::uint16_t, n> narrow;
    std::memcpy(&narrow, p, sizeof narrow);
    return widen_bits<S>(__builtin_convertvector(narrow, FloatBits));
  }
}
}  // namespace detail

/// Loads lanes<float> elements and widens them, exactly.
HADAL_INLINE Packet<float> load(const bf16* p) { return detail::load_widened(p); }
HADAL_INLINE Packet<float> load(const half* p) { return detail::load_widened(p); }

HADAL_INLINE void store(float* p, const Packet<float>& v) { Eigen::internal::pstoreu(p, v); }
HADAL_INLINE void store(double* p, const Packet<double>& v) { Eigen::internal::pstoreu(p, v); }

template <class T>
HADAL_INLINE Packet<T> set1(T v) {
  return Eigen::internal::pset1<Packet<T>>(v);
}
template <class T>
HADAL_INLINE Packet<T> zero() {
  return Eigen::internal::pzero(Packet<T>{});
}

// P is a Packet<T>; Eigen's overloads choose by it.
template <class P>
HADAL_INLINE P add(const P& a, const P& b) {
  return Eigen::internal::padd(a, b);
}
template <class P>
HADAL_INLINE P sub(const P& a, const P& b) {
  return Eigen::internal::psub(a, b);
}
template <class P>
HADAL_INLINE P mul(const P& a, const P& b) {
  return Eigen::internal::pmul(a, b);
}
template <class P>
HADAL_INLINE P div(const P& a, const P& b) {
  return Eigen::internal::pdiv(a, b);
}
/// a b + c, rounded once where the machine can.
template <class P>
HADAL_INLINE P fma(const P& a, const P& b, const P& c) {
  return Eigen::internal::pmadd(a, b, c);
}
template <class P>
HADAL_INLINE P max(const P& a, const P& b) {
  return Eigen::internal::pmax(a, b);
}
template <class P>
HADAL_INLINE P min(const P& a, const P& b) {
  return Eigen::internal::pmin(a, b);
}
/// Within a few units in the last place; so is sqrt on some machines.
template <class P>
HADAL_INLINE P exp(const P& a) {
  return Eigen::internal::pexp(a);
}
template <class P>
HADAL_INLINE P sqrt(const P& a) {
  return Eigen::internal::psqrt(a);
}
/// The sum of all lanes, in a fixed order.
template <class P>
HADAL_INLINE auto sum(const P& a) {
  return Eigen::internal::predux(a);
}
/// The largest lane.
template <class P>
HADAL_INLINE auto largest(const P& a) {
  return Eigen::internal::predux_max(a);
}

/// As many packets as one has lanes: a square that can be transposed in registers.
template <class T>
struct Square {
  Eigen::internal::PacketBlock<Packet<T>, lanes<T>> rows;
};
template <class T>
HADAL_INLINE void transpose(Square<T>& s) {
  if constexpr (lanes<T> > 1) Eigen::internal::ptranspose(s.rows);
}

/// Keeps a value in a register of its own. Otherwise compilers fold a load into every multiply-add that uses it, and
/// the loop runs at the speed of the load ports.
template <class P>
HADAL_INLINE void pin([[maybe_unused]] P& v) {
#if defined(__AVX512F__)
  asm("" : "+v"(v));
#elif defined(__SSE2__)
  asm("" : "+x"(v));
#elif defined(__ARM_NEON) && defined(__aarch64__)
  asm("" : "+w"(v));
#endif
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
