// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/random.hpp>
#include <hadal/cpu/lanes.hpp>
#include <hadal/cpu/packet.hpp>

#include <cstdint>
#include <cstring>
#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

using Bits64 = LanesOf<std::uint64_t>::type;

/// The products of the low halves of all lanes.
HADAL_INLINE Bits64 multiply_low_halves(Bits64 a, Bits64 b) {
#if defined(__AVX512F__)
  return __builtin_bit_cast(Bits64, _mm512_mul_epu32(__builtin_bit_cast(__m512i, a), __builtin_bit_cast(__m512i, b)));
#elif defined(__AVX2__)
  return __builtin_bit_cast(Bits64, _mm256_mul_epu32(__builtin_bit_cast(__m256i, a), __builtin_bit_cast(__m256i, b)));
#elif defined(__SSE2__) && !defined(__AVX__)
  return __builtin_bit_cast(Bits64, _mm_mul_epu32(__builtin_bit_cast(__m128i, a), __builtin_bit_cast(__m128i, b)));
#else
  return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

/// Writes the pairs of a and b in turn: a0 b0 a1 b1 ...
template <int... i>
HADAL_INLINE void store_in_turn(std::uint32_t* words, Bits64 a, Bits64 b, std::integer_sequence<int, i...>) {
  constexpr int n = sizeof...(i);
  const Bits64 low = __builtin_shufflevector(a, b, i / 2 + i % 2 * n...);
  const Bits64 high = __builtin_shufflevector(a, b, (n + i) / 2 + i % 2 * n...);
  std::memcpy(words, &low, sizeof low);
  std::memcpy(words + 2 * n, &high, sizeof high);
}

}  // namespace detail

/// How many blocks `random_blocks` computes at once.
inline constexpr int random_width = lane_count<std::uint64_t>;

/// The words of the random_width blocks of the key's stream from `index` on, as random_block computes each of them.
HADAL_INLINE void random_blocks(std::uint32_t* words, Key key, std::uint64_t index) {
  using detail::Bits64;
  // Only the low half of a lane is meant; what lies above does not reach it.
  static constexpr std::uint64_t steps[] = {0, 1, 2, 3, 4, 5, 6, 7};
  static_assert(random_width <= 8);
  Bits64 c0;
  std::memcpy(&c0, steps, sizeof c0);
  c0 += index;
  Bits64 c1 = c0 >> 32, c2 = {}, c3 = {};
  std::uint32_t k0 = static_cast<std::uint32_t>(key.value), k1 = static_cast<std::uint32_t>(key.value >> 32);
  for (int round = 0; round < 10; ++round) {
    const Bits64 p0 = detail::multiply_low_halves(c0, Bits64{} + 0xD2511F53u);
    const Bits64 p1 = detail::multiply_low_halves(c2, Bits64{} + 0xCD9E8D57u);
    c0 = (p1 >> 32) ^ c1 ^ k0, c1 = p1;
    c2 = (p0 >> 32) ^ c3 ^ k1, c3 = p0;
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  constexpr std::uint64_t low = 0xffffffffu;
  detail::store_in_turn(words, (c0 & low) | c1 << 32, (c2 & low) | c3 << 32,
                        std::make_integer_sequence<int, random_width>{});
}

/// Calls f(i, words, n) for pieces i .. i + n - 1 of the elements begin .. end - 1 of a key's stream: words[k] is
/// element i + k as a 32-bit word. `words` may be read to a vector's length beyond n.
template <class F>
HADAL_INLINE void each_random_words(Key key, std::uint64_t begin, std::uint64_t end, const F& f) {
  constexpr std::uint64_t step = 4 * random_width, size = 512;
  std::uint32_t words[size + 64] = {};
  for (std::uint64_t i = begin; i < end;) {
    const std::uint64_t first = i / 4 * 4, last = end < first + size ? end : first + size;
    for (std::uint64_t at = first; at < last; at += step) random_blocks(words + (at - first), key, at / 4);
    f(i, static_cast<const std::uint32_t*>(words) + (i - first), static_cast<std::int64_t>(last - i));
    i = last;
  }
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
