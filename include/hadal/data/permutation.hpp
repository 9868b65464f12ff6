// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/random.hpp>

#include <bit>

namespace hadal {

/// The place of i in a shuffled order of 0 .. n-1 that depends on the key alone: a Feistel network over the smallest
/// sufficient 4^h, walked until it lands below n (on average fewer than four steps). Nothing is stored.
/// 0 <= i < n <= 2^62. Source: Black, Rogaway 2002, cycle walking.
constexpr std::uint64_t permuted(Key key, std::uint64_t i, std::uint64_t n) {
  const int half = n <= 2 ? 1 : (static_cast<int>(std::bit_width(n - 1)) + 1) / 2;
  const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
  do {
    std::uint64_t left = i >> half, right = i & mask;
    for (std::uint64_t round = 0; round < 8; ++round) {
      const std::uint64_t mixed = left ^ (key.fold(round).fold(right).value & mask);
      left = right;
      right = mixed;
    }
    i = left << half | right;
  } while (i >= n);
  return i;
}

}  // namespace hadal
