// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <unistd.h>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// Bytes of the data caches of one core (levels 1 and 2).
struct CacheSizes {
  std::size_t l1 = 32 << 10, l2 = 256 << 10;
};

/// The caches of this machine, or the defaults where the system does not tell.
inline const CacheSizes& cache_sizes() {
  static const CacheSizes sizes = [] {
    CacheSizes s;
#ifdef _SC_LEVEL1_DCACHE_SIZE
    if (const long n = sysconf(_SC_LEVEL1_DCACHE_SIZE); n > 0) s.l1 = static_cast<std::size_t>(n);
    if (const long n = sysconf(_SC_LEVEL2_CACHE_SIZE); n > 0) s.l2 = static_cast<std::size_t>(n);
#endif
    return s;
  }();
  return sizes;
}

/// Products add over blocks of this many terms: inside a block in ascending order from zero, then block after block.
/// It is the one number of the blocking that changes rounding, so it never depends on sizes, caches or threads.
inline constexpr std::int64_t depth_block = 256;

/// The piece of C that is finished before the next one is begun.
struct TileSize {
  std::int64_t rows, columns;
};

/// A block of A (rows x depth_block) of half the second cache, rounded up to whole panels: at most one panel more.
/// C's piece is wide enough that packing A costs little, and narrow enough to stay in the last cache while block after
/// block of depth is added to it.
inline TileSize largest_tile(std::size_t element, std::int64_t height, std::int64_t width, const CacheSizes& caches) {
  const auto rows = static_cast<std::int64_t>(caches.l2 / 2 / element) / depth_block;
  return {std::max((rows + height - 1) / height, std::int64_t{4}) * height, std::max(1024 / width * width, width)};
}

/// Columns of B whose packed block (depth_block x columns) takes half of the second cache.
inline std::int64_t largest_strip(std::size_t element, std::int64_t width, const CacheSizes& caches) {
  const auto columns = static_cast<std::int64_t>(caches.l2 / 2 / element) / depth_block;
  return std::max(columns / width, std::int64_t{4}) * width;
}

/// The most multiply-adds a task should have, so that `threads` share `total` of them evenly (others may keep a core
/// busy), and never so few that handing it out would cost.
inline std::int64_t task_work(std::int64_t total, std::int64_t threads) {
  constexpr std::int64_t smallest = std::int64_t{5} << 20;  // 50 to 100 us; smaller tiles cost more packing
  return threads <= 1 ? total : std::max(total / (4 * threads), smallest);
}

/// Cuts C (rows x columns, each element costing `depth` multiply-adds) into even pieces of at most `largest` and at
/// most about `work` multiply-adds. Results do not depend on the cut.
inline TileSize task_tile(std::int64_t rows, std::int64_t columns, std::int64_t depth, std::int64_t work,
                          std::int64_t height, std::int64_t width, TileSize largest) {
  const auto even = [](std::int64_t n, std::int64_t most, std::int64_t unit) {
    const std::int64_t pieces = std::max<std::int64_t>((n + most - 1) / most, 1);
    return ((n + pieces - 1) / pieces + unit - 1) / unit * unit;
  };
  TileSize t{even(rows, largest.rows, height), even(columns, largest.columns, width)};
  while (t.rows * t.columns * depth > work) {
    if (t.columns > t.rows && t.columns > width) t.columns = even(t.columns, t.columns / 2, width);
    else if (t.rows > height) t.rows = even(t.rows, t.rows / 2, height);
    else break;
  }
  return t;
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
