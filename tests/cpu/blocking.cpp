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

TEST_CASE("blocking: a strip of B takes at most a quarter of the second cache") {
  CHECK(cpu::largest_strip(4, 32, {32 << 10, 2 << 20}) == 512);
  CHECK(cpu::largest_strip(4, 16, {32 << 10, 512 << 10}) == 128);
  CHECK(cpu::largest_strip(8, 16, {1024, 1024}) == 64);  // tiny caches still leave a few panels
}

TEST_CASE("blocking: a second round of tasks only where none gets small") {
  CHECK(cpu::task_work(1000, 1) == 1000);
  CHECK(cpu::task_work(1001, 2) == 501);
  CHECK(cpu::task_work(std::int64_t{19} << 20, 2) == std::int64_t{19} << 19);
  CHECK(cpu::task_work(std::int64_t{1} << 30, 2) == std::int64_t{1} << 28);
}

TEST_CASE("blocking: tasks") {
  const TileSize largest{504, 512};
  const auto same = [](TileSize a, TileSize b) { return a.rows == b.rows && a.columns == b.columns; };
  CHECK(same(cpu::task_tile(100, 40, 1, 12, 32, largest), {108, 64}));
  CHECK(same(cpu::task_tile(504, 512, 4, 12, 32, largest), {252, 256}));
  CHECK(same(cpu::task_tile(1, 1024, 2, 12, 32, largest), {12, 512}));
  CHECK(same(cpu::task_tile(1000, 10, 5, 12, 32, largest), {204, 32}));
  for (std::int64_t rows : {1, 64, 2000})
    for (std::int64_t columns : {1, 100, 5000})
      for (std::int64_t pieces : {1, 3, 8, 1000000}) {
        const TileSize t = cpu::task_tile(rows, columns, pieces, 12, 32, largest);
        CHECK(t.rows % 12 == 0);
        CHECK(t.columns % 32 == 0);
        CHECK((t.rows >= 12 && t.rows <= largest.rows));
        CHECK((t.columns >= 32 && t.columns <= largest.columns));
        // A piece is an even share of the panels, rounded up: less than a panel more each way.
        CHECK((t.rows - 12) * (t.columns - 32) * pieces < (rows + 12) * (columns + 32));
        if (pieces == 1000000) CHECK(same(t, {12, 32}));
      }
}

TEST_CASE("blocking: threads get as many tasks each") {
  const TileSize largest{516, 1024};
  const auto same = [](TileSize a, TileSize b) { return a.rows == b.rows && a.columns == b.columns; };
  // Three pieces are the fewest, four are sooner done by two threads, six by three.
  CHECK(same(cpu::task_tile(32, 3072, 2, 12, 32, largest, 1, 1), {36, 1024}));
  CHECK(same(cpu::task_tile(32, 3072, 2, 12, 32, largest, 1, 2), {36, 768}));
  CHECK(same(cpu::task_tile(32, 3072, 4, 12, 32, largest, 1, 3), {36, 512}));
  CHECK(same(cpu::task_tile(32, 3072, 2, 12, 32, largest, 2, 2), {36, 1024}));  // six pieces of two products
}
