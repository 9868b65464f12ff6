// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/lanes.hpp>

#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// Bytes that are multiplied at once.
inline constexpr int byte_chunk = lane_bytes < 32 ? lane_bytes : 32;
using SignedBytes = LanesOf<std::int8_t, byte_chunk>::type;
using UnsignedBytes = LanesOf<std::uint8_t, byte_chunk>::type;
using Ints = LanesOf<std::int32_t, byte_chunk>::type;
using Floats = LanesOf<float, byte_chunk>::type;

template <class V>
HADAL_INLINE V load_bytes(const void* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

/// Adds to each lane of `sum` four of the products a_i b_i: which four is the machine's affair, as all end in one sum.
/// Exact where |a_i b_i| <= 127 * 127: two such products are added in 16 bits.
HADAL_INLINE Ints add_byte_products(Ints sum, UnsignedBytes a, SignedBytes b) {
#if defined(__AVX512VNNI__) && defined(__AVX512VL__)
  return (Ints)_mm256_dpbusd_epi32((__m256i)sum, (__m256i)a, (__m256i)b);
#elif defined(__AVX2__)
  const __m256i pairs = _mm256_maddubs_epi16((__m256i)a, (__m256i)b);
  return sum + (Ints)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#else
  using Shorts = LanesOf<std::int16_t, 2 * byte_chunk>::type;
  using Half = LanesOf<std::int16_t, byte_chunk>::type;
  const Shorts products = __builtin_convertvector(a, Shorts) * __builtin_convertvector(b, Shorts);
  Half halves[2];
  __builtin_memcpy(halves, &products, sizeof products);
  for (const Half& h : halves) {  // both shorts of every lane
    const auto lanes = __builtin_bit_cast(Ints, h);
    sum += (lanes << 16 >> 16) + (lanes >> 16);
  }
  return sum;
#endif
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
