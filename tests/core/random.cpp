// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/random.hpp>

#include <cmath>
#include <set>

using namespace hadal;

TEST_CASE("random: Philox 4x32-10 on the published all-zero vector") {
  const RandomBlock b = random_block(Key{0}, 0);
  CHECK(b.word[0] == 0x6627e8d5u);
  CHECK(b.word[1] == 0xe169c58du);
  CHECK(b.word[2] == 0xbc57ac4cu);
  CHECK(b.word[3] == 0x9b00dbd8u);
}

TEST_CASE("random: keys tell streams apart") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 1000; ++i) seen.insert(Key{7}.fold(i).value);
  for (const char* name : {"a", "b", "ab", "ba", ""}) seen.insert(Key{7}.fold(name).value);
  CHECK(seen.size() == 1005);
  CHECK(Key{1}.fold(2).fold(3).value != Key{1}.fold(3).fold(2).value);
}

TEST_CASE("random: uniform and normal numbers have their moments") {
  const int n = 200000;
  double sum = 0, squares = 0, fourth = 0, low = 1, high = 0, flat = 0;
  for (int i = 0; i < n; ++i) {
    const double u = random_uniform(Key{3}, static_cast<std::uint64_t>(i));
    low = std::min(low, u);
    high = std::max(high, u);
    flat += u;
    const double z = random_normal(Key{4}, static_cast<std::uint64_t>(i));
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
  }
  // Five standard errors of each mean.
  CHECK(low >= 0);
  CHECK(high < 1);
  CHECK(std::abs(flat / n - 0.5) < 5 * std::sqrt(1.0 / 12 / n));
  CHECK(std::abs(sum / n) < 5 * std::sqrt(1.0 / n));
  CHECK(std::abs(squares / n - 1) < 5 * std::sqrt(2.0 / n));
  CHECK(std::abs(fourth / n - 3) < 5 * std::sqrt(96.0 / n));
}

TEST_CASE("random: numbers below n reach every value about equally") {
  int count[7] = {};
  for (std::uint64_t i = 0; i < 70000; ++i) ++count[random_below(Key{5}, i, 7)];
  for (int c : count) CHECK(std::abs(c - 10000) < 5 * std::sqrt(10000.0 * 6 / 7));
}
