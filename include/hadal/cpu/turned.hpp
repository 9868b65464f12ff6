// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Shuffles of two vectors of elements e that are cut into parts of 16 bytes: cheap ones, inside of each part.
template <class E, class I>
struct PartShuffle;
template <class E, std::size_t... I>
struct PartShuffle<E, std::index_sequence<I...>> {
  static constexpr int n = sizeof...(I), part = 16 / static_cast<int>(sizeof(E));
  using V = Vector<E, n>;
  /// Element i of a part is a's (even i) or b's (odd i) element from + i / 2.
  template <int from>
  HADAL_INLINE static V zip(V a, V b) {
    return __builtin_shufflevector(a, b, (int(I) / part * part + from + int(I) % part / 2 + int(I) % 2 * n)...);
  }
  /// Two elements of a, then two of b.
  template <int from>
  HADAL_INLINE static V join(V a, V b) {
    return __builtin_shufflevector(a, b, (int(I) / part * part + from + int(I) % 2 + int(I) % part / 2 * n)...);
  }
};

/// v with 16 bytes from p in place of its part i. Compilers would make two shuffles of what one instruction reads.
template <int i, class V, class S>
HADAL_INLINE V with_part(V v, const S* p) {
#if defined(__AVX512F__)
  if constexpr (sizeof(V) == 64)
    return bits_as<V>(_mm512_insertf32x4(bits_as<__m512>(v), _mm_loadu_ps(reinterpret_cast<const float*>(p)), i));
#endif
#if defined(__AVX__)
  if constexpr (sizeof(V) == 32)
    return bits_as<V>(_mm256_insertf128_ps(bits_as<__m256>(v), _mm_loadu_ps(reinterpret_cast<const float*>(p)), i));
#endif
  std::memcpy(reinterpret_cast<char*>(&v) + 16 * i, p, 16);
  return v;
}
/// Vectors of `n` elements, made of parts of 16 bytes: part j of vector i lies at p + (j * part + i) * stride.
template <class E, int n, class S>
HADAL_INLINE void load_parts(Vector<E, n>* v, const S* p, std::int64_t stride) {
  constexpr int part = 16 / static_cast<int>(sizeof(E));
  const auto at = [&](auto j) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int i = 0; i < part; ++i) v[i] = with_part<decltype(j)::value>(v[i], p + i * stride);
    p += part * stride;
    asm("" : "+r"(p));  // one register for all rows; compilers would keep one for each, and run out
  };
#pragma GCC unroll 4
  for (int i = 0; i < part; ++i) v[i] = Vector<E, n>{};
  [&]<int... j>(std::integer_sequence<int, j...>) __attribute__((always_inline)) {
    (at(std::integral_constant<int, j>{}), ...);
  }(std::make_integer_sequence<int, n / part>{});
}

}  // namespace detail

/// 16 bytes of each of lanes<T> rows of a matrix of S, turned: column(i) holds element i of all rows, widened to T.
/// Elements of half width are turned in pairs and widened afterwards.
template <class T, class S>
class Turned {
 public:
  /// Elements of a row.
  static constexpr int depth = 16 / static_cast<int>(sizeof(S));

  /// Rows begin at p, p + stride, ..
  HADAL_INLINE Turned(const S* p, std::int64_t stride) {
    if constexpr (n == 1) {
      for (int i = 0; i < depth; ++i) columns_[i] = load(p + i);
    } else {
      using Shuffle = detail::PartShuffle<T, std::make_index_sequence<n>>;
      typename Shuffle::V row[part];
      detail::load_parts<T, n>(row, p, stride);
      const auto low = Shuffle::template zip<0>(row[0], row[1]), high = Shuffle::template zip<part / 2>(row[0], row[1]);
      if constexpr (part == 2) {
        set(0, low), set(1, high);
      } else {
        const auto low2 = Shuffle::template zip<0>(row[2], row[3]), high2 = Shuffle::template zip<2>(row[2], row[3]);
        set(0, Shuffle::template join<0>(low, low2)), set(1, Shuffle::template join<2>(low, low2));
        set(2, Shuffle::template join<0>(high, high2)), set(3, Shuffle::template join<2>(high, high2));
      }
    }
  }

  HADAL_INLINE Packet<T> column(int i) const {
    if constexpr (n == 1 || sizeof(S) == sizeof(T))
      return columns_[i];
    else
      return detail::widen_word<S>(columns_[i / 2], i % 2);
  }

 private:
  static constexpr int n = lanes<T>, part = 16 / static_cast<int>(sizeof(T));
  Packet<T> columns_[n == 1 ? depth : part];

  template <class V>
  HADAL_INLINE void set(int i, V v) {
    columns_[i] = detail::bits_as<Packet<T>>(v);
  }
};

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
