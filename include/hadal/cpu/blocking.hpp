// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

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

/// Columns of B whose packed block (depth_block x columns) takes a quarter of the second cache: half is the block of
/// A's, and C and what is asked for ahead need room.
inline std::int64_t largest_strip(std::size_t element, std::int64_t width, const CacheSizes& caches) {
  const auto columns = static_cast<std::int64_t>(caches.l2 / 4 / element) / depth_block;
  return std::max(columns / width, std::int64_t{4}) * width;
}

/// The most multiply-adds a task should have, so that `threads` share `total` of them evenly (others may keep a core
/// busy), and never so few that handing it out, or packing more for smaller tiles, would cost.
inline std::int64_t task_work(std::int64_t total, std::int64_t threads) {
  constexpr std::int64_t smallest = std::int64_t{5} << 20;  // 50 to 100 us
  const std::int64_t rounds = std::clamp<std::int64_t>(total / (threads * smallest), 1, 2);
  return threads <= 1 ? total : (total + threads * rounds - 1) / (threads * rounds);
}

/// Cuts each C (rows x columns) of `products` into even pieces no larger than `largest`, and less than a panel each way
/// larger than their share would be in `pieces` of them. Of the ways to cut, that which `threads` finish first, each
/// taking as many pieces: their elements, and what is packed for them. Results do not depend on it.
inline TileSize task_tile(std::int64_t rows, std::int64_t columns, std::int64_t pieces, std::int64_t height,
                          std::int64_t width, TileSize largest, std::int64_t products = 1, std::int64_t threads = 1) {
  constexpr std::int64_t packing = 16;  // multiply-adds that take the time of packing one element
  const auto up = [](std::int64_t n, std::int64_t unit) { return (n + unit - 1) / unit; };
  const std::int64_t most_down = up(rows, height), most_across = up(columns, width);
  const std::int64_t least_across = up(columns, largest.columns);
  pieces = std::min(pieces, most_down * most_across);
  TileSize best{};
  std::int64_t least = 0;
  const auto consider = [&](std::int64_t down, std::int64_t across) {
    const TileSize t{up(most_down, down) * height, up(most_across, across) * width};
    const std::int64_t rounds = up(products * down * across, threads);
    const std::int64_t time = rounds * (t.rows * t.columns + packing * (t.rows + t.columns));
    if (least == 0 || time < least) best = t, least = time;
  };
  for (std::int64_t down = up(rows, largest.rows), more = threads; down <= most_down && more > 0; ++down) {
    const std::int64_t across = std::max(up(pieces, down), least_across);
    if (across > most_across) continue;
    const std::int64_t whole_rounds = threads / std::gcd(threads, products * down);
    consider(down, across);
    if (across % whole_rounds != 0)
      consider(down, std::min(up(across, whole_rounds) * whole_rounds, most_across));
    if (across == least_across) --more;  // from here on more pieces are only for whole rounds
  }
  return best;
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
