// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <array>
#include <functional>
#include <queue>
#include <unordered_map>
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

/// Byte-pair encoding of one word: starts from its bytes and always applies the earliest merge of the list that fits,
/// leftmost first, until none does. Source: Sennrich, Haddow, Birch 2016, on bytes as in GPT-2.
class Bpe {
 public:
  /// `pieces`: the bytes of each id (empty: an id without a piece); `merges`: in order of preference.
  /// Throws ValueError when a byte has no piece, or a merge does not join its two pieces into its result.
  Bpe(std::vector<std::string> pieces, std::vector<Merge> merges)
      : pieces_(std::move(pieces)), merges_(std::move(merges)) {
    byte_ids_.fill(-1);
    for (std::size_t id = pieces_.size(); id-- > 0;)
      if (pieces_[id].size() == 1)
        byte_ids_[static_cast<unsigned char>(pieces_[id][0])] = static_cast<std::int32_t>(id);
    for (std::size_t byte = 0; byte < 256; ++byte)
      HADAL_CHECK(byte_ids_[byte] >= 0, ValueError, "bpe: byte ", byte, " has no piece");
    ranks_.reserve(merges_.size());
    for (std::size_t rank = 0; rank < merges_.size(); ++rank) {
      const auto [left, right, result] = merges_[rank];
      HADAL_CHECK(known(left) && known(right) && known(result) && piece(left) + piece(right) == piece(result),
                  ValueError, "bpe: merge ", rank, " (", left, ", ", right, " -> ", result,
                  ") does not join its pieces");
      ranks_.emplace(pair_key(left, right), static_cast<std::uint32_t>(rank));
    }
  }

  const std::vector<std::string>& pieces() const { return pieces_; }
  const std::vector<Merge>& merges() const { return merges_; }

  /// Appends the pieces of the word. O(n log n) in its length.
  void encode(std::string_view word, std::vector<std::int32_t>& ids) const {
    struct Node {
      std::int32_t id, previous, next;  // a list through the word; id -1: merged away
    };
    std::vector<Node> nodes(word.size());
    const auto n = static_cast<std::int32_t>(word.size());
    for (std::int32_t i = 0; i < n; ++i)
      nodes[static_cast<std::size_t>(i)] = {byte_ids_[static_cast<unsigned char>(word[static_cast<std::size_t>(i)])],
                                            i - 1, i + 1};
    const auto at = [&](std::int32_t i) -> Node& { return nodes[static_cast<std::size_t>(i)]; };
    const auto rank_at = [&](std::int32_t i) {
      if (i < 0 || at(i).id < 0 || at(i).next >= n) return none;
      const auto found = ranks_.find(pair_key(at(i).id, at(at(i).next).id));
      return found == ranks_.end() ? none : found->second;
    };

    // Candidates as rank * 2^32 + position: the smallest is the earliest merge, leftmost first. A candidate whose
    // pair has changed meanwhile no longer finds its own rank and is dropped.
    std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> candidates;
    const auto offer = [&](std::int32_t i) {
      if (const std::uint32_t rank = rank_at(i); rank != none)
        candidates.push(std::uint64_t{rank} << 32 | static_cast<std::uint32_t>(i));
    };
    for (std::int32_t i = 0; i < n; ++i) offer(i);
    while (!candidates.empty()) {
      const auto rank = static_cast<std::uint32_t>(candidates.top() >> 32);
      const auto i = static_cast<std::int32_t>(candidates.top() & 0xFFFFFFFFu);
      candidates.pop();
      if (rank_at(i) != rank) continue;
      Node& right = at(at(i).next);
      at(i).id = merges_[rank].result;
      at(i).next = right.next;
      if (right.next < n) at(right.next).previous = i;
      right.id = -1;
      offer(at(i).previous);
      offer(i);
    }
    for (std::int32_t i = 0; i < n; i = at(i).next) ids.push_back(at(i).id);
  }

 private:
  static constexpr std::uint32_t none = 0xFFFFFFFFu;

  bool known(std::int32_t id) const { return id >= 0 && static_cast<std::size_t>(id) < pieces_.size(); }
  const std::string& piece(std::int32_t id) const { return pieces_[static_cast<std::size_t>(id)]; }

  std::vector<std::string> pieces_;
  std::vector<Merge> merges_;
  std::array<std::int32_t, 256> byte_ids_;
  std::unordered_map<std::uint64_t, std::uint32_t> ranks_;
};

}  // namespace hadal
