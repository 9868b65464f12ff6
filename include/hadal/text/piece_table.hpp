// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace hadal {

/// The bytes of a piece -> its id, by hashing with open addressing. The pieces themselves lie with the owner.
class PieceTable {
 public:
  /// Room for this many pieces.
  explicit PieceTable(std::size_t most = 0) : slots_(std::size_t{2} << std::bit_width(most)) {}

  /// The piece of this id, which must not be there yet.
  void insert(const std::vector<std::string>& pieces, std::int32_t id) {
    const std::uint64_t h = hash(pieces[static_cast<std::size_t>(id)]);
    std::size_t i = h & (slots_.size() - 1);
    while (slots_[i].id >= 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = {static_cast<std::uint32_t>(h >> 32), id};
  }

  /// Its id, or -1.
  std::int32_t find(const std::vector<std::string>& pieces, std::string_view word) const {
    const std::uint64_t h = hash(word);
    for (std::size_t i = h & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot slot = slots_[i];
      if (slot.id < 0) return -1;
      if (slot.tag == h >> 32 && pieces[static_cast<std::size_t>(slot.id)] == word) return slot.id;
    }
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;  // the hash's upper half
    std::int32_t id = -1;
  };

  static std::uint64_t load(const char* from, std::size_t bytes) {
    std::uint64_t v = 0;
    std::memcpy(&v, from, bytes);
    return v;
  }
  static std::uint64_t mix(std::uint64_t v) {
    v *= 0x9E3779B97F4A7C15u;
    return v ^ v >> 32;
  }
  static std::uint64_t hash(std::string_view word) {
    const char* p = word.data();
    std::size_t n = word.size();
    std::uint64_t h = n;
    for (; n > 8; p += 8, n -= 8) h = mix(h ^ load(p, 8));
    // The last one to eight bytes, in loads of fixed sizes.
    std::uint64_t last = 0;
    if (n == 8) {
      last = load(p, 8);
    } else if (n >= 4) {
      last = load(p, 4) | load(p + n - 4, 4) << 32;
    } else if (n > 0) {
      last = load(p, 1) | load(p + n / 2, 1) << 8 | load(p + n - 1, 1) << 16;
    }
    return mix(mix(h ^ last));
  }

  std::vector<Slot> slots_;
};

}  // namespace hadal
