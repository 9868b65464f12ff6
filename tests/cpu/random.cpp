// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/random.hpp>

#include <vector>

using namespace hadal;

TEST_CASE("random_blocks computes what random_block does") {
  for (const Key key : {Key{0}, Key{7}.fold("x"), Key{~0ull}})
    for (const std::uint64_t index : {0ull, 5ull, 0xfffffffdull, 0x123456789abull, ~0ull - 2}) {
      std::uint32_t words[4 * cpu::random_width];
      cpu::random_blocks(words, key, index);
      int wrong = 0;
      for (int b = 0; b < cpu::random_width; ++b)
        for (int k = 0; k < 4; ++k)
          wrong += words[4 * b + k] != random_block(key, index + static_cast<std::uint64_t>(b)).word[k];
      CHECK(wrong == 0);
    }
}

TEST_CASE("each_random_words visits every element once, in order") {
  const Key key = Key{3}.fold("words");
  for (const std::uint64_t begin : {0ull, 1ull, 6ull, 511ull, 513ull})
    for (const std::uint64_t count : {0ull, 1ull, 3ull, 511ull, 512ull, 1500ull}) {
      std::uint64_t next = begin;
      int wrong = 0;
      cpu::each_random_words(key, begin, begin + count,
                             [&](std::uint64_t i, const std::uint32_t* words, std::int64_t n) {
                               wrong += i != next;
                               for (std::int64_t k = 0; k < n; ++k)
                                 wrong += words[k] != random_word(key, i + static_cast<std::uint64_t>(k));
                               next = i + static_cast<std::uint64_t>(n);
                             });
      CHECK(wrong == 0);
      CHECK(next == begin + count);
    }
}
