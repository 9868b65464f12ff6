// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/config.hpp>

#include <cstdint>
#include <string_view>

namespace hadal {

/// Names one random stream. Element i of a stream depends on the key and on i alone, so results do not depend on the
/// thread count, on the order of evaluation or on whether a value is computed twice. Derive keys by folding in what
/// tells streams apart: `key.fold(step).fold("dropout")`.
struct Key {
  std::uint64_t value = 0;

  HADAL_HD constexpr Key fold(std::uint64_t data) const {
    // splitmix64's finaliser over the pair (Steele, Lea, Flood 2014).
    std::uint64_t z = value * 0xd1342543de82ef95ull + data + 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return Key{z ^ (z >> 31)};
  }
  constexpr Key fold(std::string_view text) const {
    std::uint64_t h = 0xcbf29ce484222325ull;  // FNV-1a
    for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    return fold(h);
  }
  friend constexpr bool operator==(Key, Key) = default;
};

/// Four random words.
struct RandomBlock {
  std::uint32_t word[4];
};

/// Block `index` of the stream: Philox 4x32 with ten rounds (Salmon et al. 2011).
HADAL_HD constexpr RandomBlock random_block(Key key, std::uint64_t index) {
  std::uint32_t c0 = static_cast<std::uint32_t>(index), c1 = static_cast<std::uint32_t>(index >> 32), c2 = 0, c3 = 0;
  std::uint32_t k0 = static_cast<std::uint32_t>(key.value), k1 = static_cast<std::uint32_t>(key.value >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53ull * c0, p1 = 0xCD9E8D57ull * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// Element i of the stream as a 32-bit word.
HADAL_HD constexpr std::uint32_t random_word(Key key, std::uint64_t i) { return random_block(key, i / 4).word[i % 4]; }

/// Element i, uniform in [0, 1), a multiple of 2^-24.
HADAL_HD constexpr float random_uniform(Key key, std::uint64_t i) {
  return static_cast<float>(random_word(key, i) >> 8) * 0x1p-24f;
}

/// Element i, standard normal (Box-Muller on two words of its own block).
HADAL_HD inline double random_normal(Key key, std::uint64_t i) {
  const RandomBlock b = random_block(key, i / 2);
  const std::uint32_t a = b.word[2 * (i % 2)], c = b.word[2 * (i % 2) + 1];
  const double u = (static_cast<double>(a) + 1.0) * 0x1p-32, v = static_cast<double>(c) * 0x1p-32;
  return __builtin_sqrt(-2.0 * __builtin_log(u)) * __builtin_cos(6.283185307179586 * v);
}

/// Element i, uniform in 0 .. n-1.
HADAL_HD constexpr std::uint64_t random_below(Key key, std::uint64_t i, std::uint64_t n) {
  const RandomBlock b = random_block(key, i);
  return ((static_cast<std::uint64_t>(b.word[0]) << 32) | b.word[1]) % n;
}

}  // namespace hadal
