// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/scalar.hpp>

#include <cmath>
#include <limits>

using namespace hadal;

namespace {

/// Rounds a finite double to the nearest multiple of the spacing that a format with `digits` significant bits and
/// smallest exponent `lowest` has there, ties to even.
double rounded(double x, int digits, int lowest) {
  if (x == 0) return x;
  const int e = std::max(std::ilogb(x), lowest);
  const double spacing = std::ldexp(1.0, e - digits + 1);
  return std::nearbyint(x / spacing) * spacing;
}

}  // namespace

TEST_CASE("scalar: every bf16 and half survives the way through float") {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    bf16 b;
    half h;
    b.bits = h.bits = static_cast<std::uint16_t>(bits);
    const float fb = b, fh = h;
    const bool same = std::isnan(fb) ? std::isnan(static_cast<float>(bf16(fb))) : bf16(fb).bits == bits;
    const bool same_half = std::isnan(fh) ? std::isnan(static_cast<float>(half(fh))) : half(fh).bits == bits;
    if (!same || !same_half) FAIL_CHECK("bits " << bits);
  }
}

TEST_CASE("scalar: conversion rounds to nearest, ties to even, subnormals included") {
  // Around every representable value: the value, the middle to the next one, and a hair to both sides of the middle.
  for (unsigned bits = 0; bits < 0x7c00; ++bits) {
    half h, next;
    h.bits = static_cast<std::uint16_t>(bits);
    next.bits = static_cast<std::uint16_t>(bits + 1);
    const float low = h, high = bits == 0x7bff ? 65536.0f : static_cast<float>(next), middle = (low + high) / 2;
    for (float x : {low, std::nextafter(middle, low), middle, std::nextafter(middle, high)}) {
      const double expected = rounded(x, 11, -14);
      const float got = half(x);
      if (expected >= 65536 ? !std::isinf(got) : got != expected) FAIL_CHECK("half of " << x << " is " << got);
      if (static_cast<float>(half(-x)) != -got) FAIL_CHECK("half of " << -x);
    }
  }
  for (unsigned bits = 0; bits < 0x7f80; bits += 7) {
    const float low = __builtin_bit_cast(float, bits << 16), middle = __builtin_bit_cast(float, (bits << 16) | 0x8000u);
    for (float x : {low, std::nextafter(middle, 0.0f), middle, std::nextafter(middle, INFINITY)}) {
      const double expected = rounded(x, 8, -126);
      const float got = bf16(x);
      if (expected > 3.4e38 ? !std::isinf(got) : got != expected) FAIL_CHECK("bf16 of " << x << " is " << got);
    }
  }
}

TEST_CASE("scalar: infinity and NaN stay what they are") {
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(static_cast<float>(bf16(inf)) == inf);
  CHECK(static_cast<float>(half(-inf)) == -inf);
  CHECK(std::isinf(static_cast<float>(half(1e6f))));
  CHECK(std::isinf(static_cast<float>(bf16(std::numeric_limits<float>::max()))));
  // A NaN whose payload lies only in the bits that are cut must not become infinity.
  const float nan = __builtin_bit_cast(float, 0x7f800001u);
  CHECK(std::isnan(static_cast<float>(bf16(nan))));
  CHECK(std::isnan(static_cast<float>(half(nan))));
}

TEST_CASE("scalar: types know their names and sizes") {
  CHECK(std::string(name_of(dtype_of<bf16>)) == "bf16");
  CHECK(size_of(DType::f64) == 8);
  CHECK(size_of(DType::boolean) == 1);
  CHECK(leaf_gradient_type(DType::f16) == DType::f32);
  CHECK(leaf_gradient_type(DType::f64) == DType::f64);
  static_assert(std::is_same_v<Accumulator<bf16>, float> && std::is_same_v<Accumulator<double>, double>);
  static_assert(is_real<half> && !is_real<std::int32_t> && !is_real<bool>);
}
