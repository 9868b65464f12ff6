// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/blocking.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using cpu::TileSize;

TEST_CASE("blocking: the system tells plausible caches") {
  CHECK(cpu::cache_sizes().l1 >= 4096);
  CHECK(cpu::cache_sizes().l2 >= cpu::cache_sizes().l1);
}

TEST_CASE("blocking: a block of A takes half of the second cache, rounded up to whole panels") {
  for (std::size_t l2 : {std::size_t{256} << 10, std::size_t{1} << 20}) {
    const TileSize t = cpu::largest_tile(4, 12, 32, {32 << 10, l2});
    CHECK(t.rows % 12 == 0);
    CHECK(t.columns % 32 == 0);
    CHECK(static_cast<std::size_t>(t.rows * cpu::depth_block * 4) >= l2 / 2);
    CHECK(static_cast<std::size_t>((t.rows - 12) * cpu::depth_block * 4) < l2 / 2);
  }
  CHECK(cpu::largest_tile(4, 12, 32, {1024, 1024}).rows == 48);  // tiny caches still leave a few panels
}

TEST_CASE("blocking: a strip of B takes at most half of the second cache") {
  CHECK(cpu::largest_strip(4, 32, {32 << 10, 2 << 20}) == 1024);
  CHECK(cpu::largest_strip(4, 16, {32 << 10, 512 << 10}) == 256);
  CHECK(cpu::largest_strip(8, 16, {1024, 1024}) == 64);  // tiny caches still leave a few panels
}

TEST_CASE("blocking: tasks") {
  const TileSize largest{504, 512};
  CHECK(cpu::task_work(1000, 1) == 1000);
  CHECK(cpu::task_work(std::int64_t{1} << 30, 2) == std::int64_t{1} << 27);
  CHECK(cpu::task_work(std::int64_t{1} << 20, 64) == std::int64_t{5} << 20);
  const TileSize whole = cpu::task_tile(100, 40, 256, std::int64_t{1} << 40, 12, 32, largest);
  CHECK(whole.rows == 108);
  CHECK(whole.columns == 64);
  const std::int64_t work = 504 * 512 * 64;
  for (std::int64_t rows : {1, 64, 2000})
    for (std::int64_t columns : {1, 100, 5000}) {
      const TileSize t = cpu::task_tile(rows, columns, 256, work, 12, 32, largest);
      CHECK(t.rows <= largest.rows);
      CHECK(t.columns <= largest.columns);
      CHECK(t.rows % 12 == 0);
      CHECK(t.columns % 32 == 0);
      CHECK(t.rows * t.columns * 256 <= work);
    }
  const TileSize least = cpu::task_tile(1000, 1000, 256, 1, 12, 32, largest);
  CHECK(least.rows == 12);
  CHECK(least.columns == 32);
}
