// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/byte_dot.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("byte_dot: sums of products of bytes are exact at the ends of their range") {
  for (int a : {0, 1, 15, 127})
    for (int b : {-127, -1, 0, 3, 127}) {
      std::uint8_t left[cpu::byte_chunk];
      std::int8_t right[cpu::byte_chunk];
      int exact = 0;
      for (int i = 0; i < cpu::byte_chunk; ++i) {
        left[i] = static_cast<std::uint8_t>(i % 3 == 2 ? 7 : a);
        right[i] = static_cast<std::int8_t>(i % 5 == 4 ? -i : b);
        exact += left[i] * right[i];
      }
      cpu::Ints sum = cpu::Ints{} + 1000;
      sum = cpu::add_byte_products(sum, cpu::load_bytes<cpu::UnsignedBytes>(left),
                                   cpu::load_bytes<cpu::SignedBytes>(right));
      int total = 0;
      for (int l = 0; l < cpu::byte_chunk / 4; ++l) total += sum[l];
      CHECK(total == exact + 1000 * cpu::byte_chunk / 4);
    }
}
