// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <bit>
#include <vector>

namespace hadal {

/// Two adjacent pieces and the one that replaces them.
struct Merge {
  std::int32_t left, right, result;
  friend bool operator==(const Merge&, const Merge&) = default;
};

/// Two adjacent pieces as one number; it orders pairs by left, then right id.
constexpr std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
  return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
}

/// Pair of pieces -> the merge of it, by hashing with open addressing.
class MergeTable {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFu;
  static constexpr std::size_t most_short_ranks = (1u << 24) - 1;  ///< ranks below it leave eight bits free

  struct Found {
    std::uint32_t rank;  ///< the place in the list, or none
    std::int32_t result;
  };

  explicit MergeTable(const std::vector<Merge>& merges = {})
      : shift_(63 - std::bit_width(merges.size())), slots_(std::size_t{1} << (64 - shift_)) {
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      const std::uint64_t key = pair_key(merges[rank].left, merges[rank].right);
      std::size_t i = home(key);
      while (slots_[i].found.rank != none && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = {key, {static_cast<std::uint32_t>(rank), merges[rank].result}};
    }
  }

  Found find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t key = pair_key(left, right);
    for (std::size_t i = home(key);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.key == key || slot.found.rank == none) return slot.found;
    }
  }

 private:
  struct Slot {
    std::uint64_t key = ~std::uint64_t{0};  // no pair: ids are not negative
    Found found{none, -1};
  };

  std::size_t home(std::uint64_t key) const {
    key ^= key >> 32;  // the low bits of both ids meet
    return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15u >> shift_);
  }

  int shift_;
  std::vector<Slot> slots_;  // at least twice the merges, a power of two
};

}  // namespace hadal
