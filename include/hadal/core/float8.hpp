// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <cstdint>

namespace hadal {

namespace detail {

HADAL_HD constexpr std::uint8_t e4m3_from_float(float v) {
  const std::uint32_t u = __builtin_bit_cast(std::uint32_t, v), sign = (u >> 24) & 0x80u, a = u & 0x7fffffffu;
  std::uint32_t q = 0x7fu;  // NaN
  if (a < 0x3c800000u)      // below 2^-6: multiples of 2^-9, which the sum with 2^14 leaves rounded at its end
    q = __builtin_bit_cast(std::uint32_t, __builtin_bit_cast(float, a) + 0x1p14f) - 0x46800000u;
  else if (a < 0x43e00000u) q = (a - 0x3c000000u + 0x7ffffu + ((a >> 20) & 1u)) >> 20;
  else if (a <= 0x7f800000u) q = 0x7eu;  // 448 and above
  return static_cast<std::uint8_t>(sign | q);
}

HADAL_HD constexpr float e4m3_to_float(std::uint8_t b) {
  const std::uint32_t sign = static_cast<std::uint32_t>(b & 0x80u) << 24, m = b & 0x7fu;
  // The exponent is 120 too small for a float; the product mends it, for subnormals too.
  const float v = __builtin_bit_cast(float, m << 20) * 0x1p120f;
  return __builtin_bit_cast(float, sign | (m == 0x7fu ? 0x7fc00000u : __builtin_bit_cast(std::uint32_t, v)));
}

HADAL_HD constexpr std::uint8_t e8m0_from_float(float v) {
  if (!(v >= 0)) return 0xff;
  const std::uint32_t u = __builtin_bit_cast(std::uint32_t, v);
  if (u <= 0x00400000u) return 0;  // 2^-127, a subnormal float, is the smallest
  const std::uint32_t e = (u + 0x7fffffu) >> 23;
  return static_cast<std::uint8_t>(e < 0xfeu ? e : 0xfeu);
}

HADAL_HD constexpr float e8m0_to_float(std::uint8_t b) {
  if (b == 0xff) return __builtin_bit_cast(float, 0x7fc00000u);
  return __builtin_bit_cast(float, b == 0 ? 0x00400000u : static_cast<std::uint32_t>(b) << 23);
}

}  // namespace detail

/// FP8 with 4 bits of exponent and 3 of fraction, which files name F8_E4M3: no infinity, +-448 the largest, NaN all
/// ones (Micikevicius et al. 2022). From float it rounds to nearest, ties to even; what is too large becomes +-448.
struct e4m3 {
  static constexpr float largest = 448;
  std::uint8_t bits = 0;
  constexpr e4m3() = default;
  HADAL_HD constexpr explicit e4m3(float v) : bits(detail::e4m3_from_float(v)) {}
  HADAL_HD constexpr operator float() const { return detail::e4m3_to_float(bits); }
};

/// A power of two in 8 bits, 2^-127 .. 2^127, or NaN: the scales that files name F8_E8M0 (OCP MX 1.0). Converts from
/// float to the next power that is not smaller, so that what is scaled by it never overflows; negative numbers are NaN.
struct e8m0 {
  std::uint8_t bits = 0;
  constexpr e8m0() = default;
  HADAL_HD constexpr explicit e8m0(float v) : bits(detail::e8m0_from_float(v)) {}
  HADAL_HD constexpr operator float() const { return detail::e8m0_to_float(bits); }
};

/// How a matrix is kept in FP8: e4m3 numbers, and one scale for each block of rows x columns (smaller at the edges),
/// which multiplies them. Source: DeepSeek-V3, section 3.3.
struct Fp8Blocks {
  std::int64_t rows = 128, columns = 128;
  bool power_of_two = false;  // scales are rounded up to powers of two ("ue8m0")

  std::int64_t down(std::int64_t n) const { return (n + rows - 1) / rows; }
  std::int64_t across(std::int64_t n) const { return (n + columns - 1) / columns; }

  /// The scale of a block whose largest magnitude is `amax`: max(amax, 1e-4) / 448, as published.
  float scale(float amax) const {
    const float s = (amax > 1e-4f ? amax : 1e-4f) / e4m3::largest;
    return power_of_two ? static_cast<float>(e8m0(s)) : s;
  }
};

}  // namespace hadal
