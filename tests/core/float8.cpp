// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/float8.hpp>

#include <cmath>
#include <limits>

using namespace hadal;

namespace {

/// The value of an e4m3 by its definition.
double defined(unsigned bits) {
  const int e = static_cast<int>(bits >> 3 & 15), m = static_cast<int>(bits & 7);
  const double v = e == 0 ? std::ldexp(m, -9) : std::ldexp(8 + m, e - 10);
  return bits & 0x80 ? -v : v;
}

}  // namespace

TEST_CASE("e4m3: every value is what the format defines and comes back") {
  for (unsigned bits = 0; bits < 256; ++bits) {
    e4m3 q;
    q.bits = static_cast<std::uint8_t>(bits);
    const float v = q;
    if ((bits & 0x7f) == 0x7f) CHECK(std::isnan(v));
    else if (v != defined(bits) || std::signbit(v) != (bits >= 128)) FAIL_CHECK("bits " << bits << " are " << v);
    if (e4m3(v).bits != bits) FAIL_CHECK("bits " << bits << " come back as " << +e4m3(v).bits);
  }
  static_assert(e4m3(1.0f).bits == 0x38 && static_cast<float>(e4m3(0.001953125f)) == 0.001953125f);
}

TEST_CASE("e4m3: rounds to nearest, ties to even, saturates") {
  for (unsigned bits = 0; bits < 0x7e; ++bits) {
    const auto low = static_cast<float>(defined(bits)), high = static_cast<float>(defined(bits + 1));
    const float middle = (low + high) / 2;
    const auto check = [](float x, unsigned expected) {
      if (e4m3(x).bits != expected || e4m3(-x).bits != (expected | 0x80)) FAIL_CHECK(x << " is " << +e4m3(x).bits);
    };
    check(std::nextafter(low, high), bits);
    check(std::nextafter(middle, low), bits);
    check(middle, bits + (bits & 1));
    check(std::nextafter(middle, high), bits + 1);
    check(std::nextafter(high, low), bits + 1);
  }
  const float inf = std::numeric_limits<float>::infinity();
  for (float x : {448.0f, 449.0f, 463.0f, 464.0f, 1e30f, inf}) {
    CHECK(e4m3(x).bits == 0x7e);
    CHECK(e4m3(-x).bits == 0xfe);
  }
  CHECK(e4m3(-0.0f).bits == 0x80);
  CHECK(e4m3(std::numeric_limits<float>::denorm_min()).bits == 0);
  CHECK(e4m3(__builtin_bit_cast(float, 0x7f800001u)).bits == 0x7f);
}

TEST_CASE("e8m0: powers of two, rounded up") {
  for (unsigned bits = 0; bits < 255; ++bits) {
    e8m0 s;
    s.bits = static_cast<std::uint8_t>(bits);
    const float v = s;
    if (v != std::ldexp(1.0, static_cast<int>(bits) - 127)) FAIL_CHECK("bits " << bits << " are " << v);
    if (e8m0(v).bits != bits) FAIL_CHECK("bits " << bits << " come back as " << +e8m0(v).bits);
    const float above = std::nextafter(v, std::numeric_limits<float>::infinity());
    if (e8m0(above).bits != std::min(bits + 1, 254u)) FAIL_CHECK("above bits " << bits);
  }
  e8m0 nan;
  nan.bits = 0xff;
  CHECK(std::isnan(static_cast<float>(nan)));
  CHECK(e8m0(-1.0f).bits == 0xff);
  CHECK(e8m0(std::nanf("")).bits == 0xff);
  CHECK(e8m0(0.0f).bits == 0);
  CHECK(e8m0(std::numeric_limits<float>::infinity()).bits == 254);
}

TEST_CASE("FP8 blocks: ragged edges count, scales are as published") {
  Fp8Blocks blocks;
  CHECK(blocks.down(576) == 5);
  CHECK(blocks.across(7168) == 56);
  CHECK(blocks.scale(0) == doctest::Approx(2.232143e-7).epsilon(1e-6));
  CHECK(blocks.scale(448) == 1);
  CHECK(blocks.scale(449) == 449.0f / 448.0f);
  blocks.power_of_two = true;
  CHECK(blocks.scale(448) == 1);
  CHECK(blocks.scale(449) == 2);
}
