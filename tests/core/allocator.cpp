// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/allocator.hpp>
#include <hadal/core/random.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

using namespace hadal;

TEST_CASE("allocator: blocks are aligned, do not overlap, and come back") {
  CachingAllocator memory;
  struct Piece {
    unsigned char* data;
    std::size_t bytes;
    unsigned char mark;
  };
  std::vector<Piece> pieces;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    if (!pieces.empty() && random_below(Key{1}, i, 5) < 2) {
      const std::size_t at = random_below(Key{2}, i, pieces.size());
      const Piece p = pieces[at];
      for (std::size_t k = 0; k < p.bytes; ++k)
        if (p.data[k] != p.mark) FAIL("a block was written by its neighbour");
      memory.deallocate(p.data);
      pieces[at] = pieces.back();
      pieces.pop_back();
    } else {
      const std::size_t bytes = random_below(Key{3}, i, i % 50 == 0 ? 6000000 : 3000);
      auto* data = static_cast<unsigned char*>(memory.allocate(bytes));
      CHECK(reinterpret_cast<std::uintptr_t>(data) % 64 == 0);
      std::memset(data, static_cast<int>(i & 255), bytes);
      pieces.push_back({data, bytes, static_cast<unsigned char>(i & 255)});
    }
  }
  for (const Piece& p : pieces) memory.deallocate(p.data);
  CHECK(memory.use().live == 0);
  CHECK(memory.use().peak > 0);
  memory.trim();  // all neighbours have joined, so every segment is whole again
  CHECK(memory.use().held == 0);
}

TEST_CASE("allocator: a freed block is used again") {
  CachingAllocator memory;
  void* first = memory.allocate(10000);
  memory.deallocate(first);
  void* second = memory.allocate(9000);
  CHECK(first == second);
  const std::size_t held = memory.use().held;
  memory.deallocate(second);
  memory.reset_peak();
  CHECK(memory.use().peak == 0);
  CHECK(memory.use().held == held);
  memory.trim();
}

TEST_CASE("allocator: small blocks wait on a shelf, and leave it for a whole segment") {
  CachingAllocator memory;
  std::vector<void*> blocks;
  for (int i = 0; i < 40; ++i) blocks.push_back(memory.allocate(3000));
  const std::size_t each = memory.use().live / 40;
  CHECK(each >= 3000);
  for (void* p : blocks) memory.deallocate(p);
  CHECK(memory.use().live == 0);
  void* again = memory.allocate(3000);
  CHECK(std::find(blocks.begin(), blocks.end(), again) != blocks.end());
  CHECK(memory.use().live == each);
  memory.deallocate(again);
  memory.trim();
  CHECK(memory.use().held == 0);
}

TEST_CASE("allocator: a size that cannot be had is an error naming it") {
  CachingAllocator memory;
  CHECK_THROWS_AS(memory.allocate(~std::size_t{0}), MemoryError);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK_THROWS_AS(memory.allocate(std::size_t{1} << 60), MemoryError);
#endif
}
