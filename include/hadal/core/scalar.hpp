// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <cstdint>
#include <type_traits>

namespace hadal {

namespace detail {

HADAL_HD constexpr std::uint16_t bf16_from_float(float v) {
  const std::uint32_t u = __builtin_bit_cast(std::uint32_t, v);
  if ((u & 0x7fffffffu) > 0x7f800000u)
    return static_cast<std::uint16_t>((u >> 16) | 0x0040u);  // keep NaN, make it quiet
  return static_cast<std::uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

HADAL_HD constexpr float bf16_to_float(std::uint16_t b) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(b) << 16);
}

HADAL_HD constexpr std::uint16_t half_from_float(float v) {
  const std::uint32_t u = __builtin_bit_cast(std::uint32_t, v);
  const std::uint32_t sign = (u >> 16) & 0x8000u, a = u & 0x7fffffffu;
  if (a > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u | ((a >> 13) & 0x3ffu));
  if (a >= 0x47800000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // 65536 and above, infinity
  if (a >= 0x38800000u) {                                                   // normal; may round up to infinity
    const std::uint32_t r = a - 0x38000000u;
    return static_cast<std::uint16_t>(sign | ((r + 0xfffu + ((r >> 13) & 1u)) >> 13));
  }
  if (a < 0x33000000u) return static_cast<std::uint16_t>(sign);  // below half of the smallest subnormal
  const std::uint32_t shift = 126u - (a >> 23), m = (a & 0x7fffffu) | 0x800000u;
  const std::uint32_t rest = m & ((1u << shift) - 1u), tie = 1u << (shift - 1u);
  std::uint32_t q = m >> shift;
  if (rest > tie || (rest == tie && (q & 1u))) ++q;
  return static_cast<std::uint16_t>(sign | q);
}

HADAL_HD constexpr float half_to_float(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16;
  const std::uint32_t e = (h >> 10) & 0x1fu, m = h & 0x3ffu;
  if (e == 31) return __builtin_bit_cast(float, sign | 0x7f800000u | (m << 13));
  if (e != 0) return __builtin_bit_cast(float, sign | ((e + 112u) << 23) | (m << 13));
  const float tiny = static_cast<float>(m) * 5.9604644775390625e-8f;  // m * 2^-24, exact
  return sign ? -tiny : tiny;
}

}  // namespace detail

/// bfloat16: a float cut to 8 significant bits. Converts from float rounding to nearest, ties to even.
struct bf16 {
  std::uint16_t bits = 0;
  constexpr bf16() = default;
  HADAL_HD constexpr explicit bf16(float v) : bits(detail::bf16_from_float(v)) {}
  HADAL_HD constexpr explicit bf16(double v) : bf16(static_cast<float>(v)) {}
  HADAL_HD constexpr operator float() const { return detail::bf16_to_float(bits); }
};

/// IEEE 754 binary16. Converts from float rounding to nearest, ties to even, with subnormals.
struct half {
  std::uint16_t bits = 0;
  constexpr half() = default;
  HADAL_HD constexpr explicit half(float v) : bits(detail::half_from_float(v)) {}
  HADAL_HD constexpr explicit half(double v) : half(static_cast<float>(v)) {}
  HADAL_HD constexpr operator float() const { return detail::half_to_float(bits); }
};

/// Element types, at run time.
enum class DType : std::uint8_t { f32, f64, bf16, f16, i32, i64, boolean };

/// What the library knows of an element type: its run-time tag, its name in messages and files, the type sums are
/// accumulated in (float for half widths) and whether it can carry gradients.
template <class T>
struct ScalarTraits;
template <>
struct ScalarTraits<float> { static constexpr DType dtype = DType::f32; using Accumulator = float; };
template <>
struct ScalarTraits<double> { static constexpr DType dtype = DType::f64; using Accumulator = double; };
template <>
struct ScalarTraits<bf16> { static constexpr DType dtype = DType::bf16; using Accumulator = float; };
template <>
struct ScalarTraits<half> { static constexpr DType dtype = DType::f16; using Accumulator = float; };
template <>
struct ScalarTraits<std::int32_t> { static constexpr DType dtype = DType::i32; using Accumulator = std::int32_t; };
template <>
struct ScalarTraits<std::int64_t> { static constexpr DType dtype = DType::i64; using Accumulator = std::int64_t; };
template <>
struct ScalarTraits<bool> { static constexpr DType dtype = DType::boolean; using Accumulator = std::int64_t; };

template <class T>
inline constexpr DType dtype_of = ScalarTraits<std::remove_cv_t<T>>::dtype;
/// The type in which sums over T are kept.
template <class T>
using Accumulator = typename ScalarTraits<std::remove_cv_t<T>>::Accumulator;
/// float, double, bf16 and half carry gradients.
template <class T>
inline constexpr bool is_real = std::is_floating_point_v<T> || std::is_same_v<T, bf16> || std::is_same_v<T, half>;

constexpr const char* name_of(DType t) {
  switch (t) {
    case DType::f32: return "float";
    case DType::f64: return "double";
    case DType::bf16: return "bf16";
    case DType::f16: return "half";
    case DType::i32: return "int32";
    case DType::i64: return "int64";
    case DType::boolean: return "bool";
  }
  return "?";
}

constexpr std::size_t size_of(DType t) {
  switch (t) {
    case DType::f64:
    case DType::i64: return 8;
    case DType::bf16:
    case DType::f16: return 2;
    case DType::boolean: return 1;
    default: return 4;
  }
}

/// The type a gradient has when it is kept on a leaf: float for half widths, else the type itself.
constexpr DType leaf_gradient_type(DType t) { return t == DType::bf16 || t == DType::f16 ? DType::f32 : t; }

inline void put(std::string& s, DType t) { s.append(name_of(t)); }

}  // namespace hadal
