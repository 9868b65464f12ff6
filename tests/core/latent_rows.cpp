// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/latent_rows.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("latent rows: bytes of a record in each format") {
  CHECK(LatentLayout{CacheFormat::full, 512, 64, 4}.row_bytes() == 2304);
  CHECK(LatentLayout{CacheFormat::full, 512, 64, 2}.row_bytes() == 1152);
  CHECK(LatentLayout{CacheFormat::bf16, 512, 64, 4}.row_bytes() == 1152);
  CHECK(LatentLayout{CacheFormat::int8, 512, 64, 4}.row_bytes() == 644);
  CHECK(LatentLayout{CacheFormat::int8, 5, 2, 4}.row_bytes() == 16);  // 13, made a multiple of 4
}

TEST_CASE("latent rows: where a token's record lies") {
  unsigned char memory[1];
  const std::int32_t slots[] = {2, 0};
  const LatentRows rows{memory, {CacheFormat::bf16, 3, 2, 4}, 7, {slots, {2}, 2}};
  CHECK(rows.row(0, 1) - memory == (2 * 7 + 1) * 10);
  CHECK(rows.row(1, 6) - memory == 60);
}
