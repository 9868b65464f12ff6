// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/lanes.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace hadal;

namespace {

/// The bits that storing v as T gives, through the vectors and one at a time.
template <class T>
int wrong_stores(std::uint32_t first, std::uint32_t step, int count) {
  constexpr int w = cpu::lane_count<float>;
  int wrong = 0;
  for (int i = 0; i < count; i += w) {
    float v[w];
    T stored[w];
    for (int k = 0; k < w; ++k) v[k] = std::bit_cast<float>(first + step * static_cast<std::uint32_t>(i + k));
    cpu::store_lanes(stored, cpu::load_lanes(v));
    for (int k = 0; k < w; ++k) wrong += stored[k].bits != T(v[k]).bits;
  }
  return wrong;
}

template <class T>
int wrong_loads() {
  constexpr int w = cpu::lane_count<float>;
  int wrong = 0;
  for (int i = 0; i < 65536; i += w) {
    T x[w];
    for (int k = 0; k < w; ++k) x[k].bits = static_cast<std::uint16_t>(i + k);
    const auto v = cpu::load_lanes(x);
    for (int k = 0; k < w; ++k)
      wrong += std::bit_cast<std::uint32_t>(float(v[k])) != std::bit_cast<std::uint32_t>(static_cast<float>(x[k]));
  }
  return wrong;
}

}  // namespace

TEST_CASE("every half-width number widens as its own conversion does") {
  CHECK(wrong_loads<bf16>() == 0);
  CHECK(wrong_loads<half>() == 0);
}

TEST_CASE("floats round to half widths as the scalar conversions do") {
  CHECK(wrong_stores<bf16>(0, 65521, 1 << 16) == 0);  // over all bit patterns, odd steps
  CHECK(wrong_stores<half>(0, 65521, 1 << 16) == 0);
  CHECK(wrong_stores<half>(0x32ff0000u, 997, 1 << 16) == 0);  // around the subnormals
  CHECK(wrong_stores<half>(0x477f0000u, 1, 1 << 17) == 0);    // around the largest and infinity
  CHECK(wrong_stores<bf16>(0x7f7f0000u, 1, 1 << 17) == 0);
  CHECK(wrong_stores<half>(0xb8800000u - 5000, 1, 1 << 14) == 0);
}

TEST_CASE("a mask reads as numbers") {
  constexpr int w = cpu::lane_count<float>;
  bool mask[w];
  for (int k = 0; k < w; ++k) mask[k] = k % 3 == 1;
  const auto v = cpu::load_as<float>(mask), part = cpu::load_some<float>(mask, 2);
  for (int k = 0; k < w; ++k) CHECK(v[k] == (k % 3 == 1 ? 1.0f : 0.0f));
  CHECK(cpu::add_lanes<float>(part) == 1.0f);
}

TEST_CASE("parts of a vector") {
  constexpr int w = cpu::lane_count<double>;
  std::vector<double> x(w + 2, 7.0);
  for (int n = 0; n <= w; ++n) {
    std::vector<double> y(w + 2, -1.0);
    const auto v = cpu::load_some<double>(x.data() + 1, n);
    cpu::store_some(y.data() + 1, n, v + 1.0);
    double inside = 0;
    for (int k = 1; k <= n; ++k) inside += y[k];
    CHECK(inside == 8.0 * n);
    CHECK(y[n + 1] == -1.0);
    CHECK(y[0] == -1.0);
    CHECK(cpu::add_lanes<double>(v) == 7.0 * n);
  }
}
