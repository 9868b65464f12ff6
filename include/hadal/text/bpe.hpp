// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/merge_table.hpp>
#include <hadal/text/piece_table.hpp>

#include <array>
#include <functional>
#include <queue>

namespace hadal {

/// Byte-pair encoding of one word: starts from its bytes and always applies the earliest merge of the list that fits,
/// leftmost first, until none does. Source: Sennrich, Haddow, Birch 2016, on bytes as in GPT-2.
class Bpe {
 public:
  /// `pieces`: the bytes of each id (empty: an id without a piece); `merges`: in order of preference, a later one
  /// taking the place of an equal earlier one. `whole_pieces`: a word that is a piece is that piece, whatever the
  /// merges say. Bytes that UTF-8 does not have may lack a piece; they are left out of words then. Throws ValueError
  /// when another byte has no piece, or a merge does not join its two pieces into its result.
  Bpe(std::vector<std::string> pieces, std::vector<Merge> merges, bool whole_pieces = false)
      : pieces_(std::move(pieces)), merges_(std::move(merges)), whole_pieces_(whole_pieces) {
    byte_ids_.fill(-1);
    for (std::size_t id = pieces_.size(); id-- > 0;)
      if (pieces_[id].size() == 1)
        byte_ids_[static_cast<unsigned char>(pieces_[id][0])] = static_cast<std::int32_t>(id);
    for (std::size_t byte = 0; byte < 256; ++byte)
      HADAL_CHECK(byte_ids_[byte] >= 0 || byte == 0xC0 || byte == 0xC1 || byte >= 0xF5, ValueError, "bpe: byte ", byte,
                  " has no piece");
    for (std::size_t rank = 0; rank < merges_.size(); ++rank) {
      const auto [left, right, result] = merges_[rank];
      HADAL_CHECK(known(left) && known(right) && known(result) && joins(piece(left), piece(right), piece(result)),
                  ValueError, "bpe: merge ", rank, " (", left, ", ", right, " -> ", result,
                  ") does not join its pieces");
    }
    table_ = MergeTable(merges_);
    for (std::size_t pair = 0; pair < 65536; ++pair)
      byte_pairs_.push_back(table_.find(byte_ids_[pair / 256], byte_ids_[pair % 256]));
    // Most words are pieces. Those pieces that merging would find anyhow are looked up as a whole.
    words_ = PieceTable(pieces_.size());
    std::vector<std::int32_t> ids;
    for (std::size_t id = 0; id < pieces_.size(); ++id) {
      if (pieces_[id].empty()) continue;
      ids.clear();
      if (!whole_pieces_) merge(pieces_[id], ids);
      if (whole_pieces_ || (ids.size() == 1 && ids[0] == static_cast<std::int32_t>(id)))
        words_.insert(pieces_, static_cast<std::int32_t>(id));
    }
  }

  const std::vector<std::string>& pieces() const { return pieces_; }
  const std::vector<Merge>& merges() const { return merges_; }
  bool whole_pieces() const { return whole_pieces_; }

  /// Appends the pieces of the word. O(n log n) in its length.
  void encode(std::string_view word, std::vector<std::int32_t>& ids) const {
    if (const std::int32_t id = words_.find(pieces_, word); id >= 0)
      ids.push_back(id);
    else
      merge(word, ids);
  }

 private:
  static constexpr std::size_t short_word = 256;  // bytes; what fits merge_short's keys

  bool known(std::int32_t id) const { return id >= 0 && static_cast<std::size_t>(id) < pieces_.size(); }
  const std::string& piece(std::int32_t id) const { return pieces_[static_cast<std::size_t>(id)]; }
  std::int32_t byte_id(char byte) const { return byte_ids_[static_cast<unsigned char>(byte)]; }
  static bool joins(std::string_view left, std::string_view right, std::string_view whole) {
    return whole.size() == left.size() + right.size() && whole.starts_with(left) && whole.ends_with(right);
  }

  void merge(std::string_view word, std::vector<std::int32_t>& ids) const {
    if (word.size() <= short_word && merges_.size() < MergeTable::most_short_ranks)
      merge_short(word, ids);
    else
      merge_long(word, ids);
  }

  // A list through the word, and for each of its places the rank of the merge there: the smallest is looked for by
  // comparing them all, eight at a time.
  void merge_short(std::string_view word, std::vector<std::int32_t>& ids) const {
    using Lanes [[gnu::vector_size(32), gnu::may_alias]] = std::uint32_t;
    alignas(32) std::array<std::uint32_t, short_word> keys;  // rank * 256 + place, so that the leftmost wins
    std::array<std::int32_t, short_word> id, result;
    std::array<std::uint16_t, short_word + 1> previous, next;
    const std::size_t n = word.size(), blocks = (n + 7) / 8;
    std::fill(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(8 * blocks), none);
    const auto offer = [&](std::size_t i) {
      const MergeTable::Found found =
          next[i] < n ? table_.find(id[i], id[next[i]]) : MergeTable::Found{none, -1};
      keys[i] = found.rank == none ? none : found.rank << 8 | static_cast<std::uint32_t>(i);
      result[i] = found.result;
    };
    for (std::size_t i = 0; i < n; ++i) {
      id[i] = byte_id(word[i]);
      previous[i + 1] = static_cast<std::uint16_t>(i);
      next[i] = static_cast<std::uint16_t>(i + 1);
      if (i + 1 == n) break;
      const auto left = static_cast<unsigned char>(word[i]), right = static_cast<unsigned char>(word[i + 1]);
      const MergeTable::Found found = byte_pairs_[left * 256u + right];
      keys[i] = found.rank == none ? none : found.rank << 8 | static_cast<std::uint32_t>(i);
      result[i] = found.result;
    }
    while (n > 0) {
      const auto* lanes = reinterpret_cast<const Lanes*>(keys.data());
      Lanes smallest = lanes[0];
      for (std::size_t b = 1; b < blocks; ++b) smallest = lanes[b] < smallest ? lanes[b] : smallest;
      std::uint32_t best = smallest[0];
      for (int k = 1; k < 8; ++k) best = std::min(best, std::uint32_t{smallest[k]});
      if (best == none) break;
      const std::size_t i = best & 255, gone = next[i];
      id[i] = result[i];
      next[i] = next[gone];
      previous[next[i]] = static_cast<std::uint16_t>(i);
      keys[gone] = none;
      offer(i);
      if (i > 0) offer(previous[i]);
    }
    for (std::size_t i = 0; i < n; i = next[i])
      if (id[i] >= 0) ids.push_back(id[i]);
  }

  // The same with a queue of candidates.
  void merge_long(std::string_view word, std::vector<std::int32_t>& ids) const {
    struct Node {
      std::int32_t id;  // -1: merged away
      std::size_t previous, next;
    };
    const std::size_t n = word.size();
    std::vector<Node> nodes(n);
    for (std::size_t i = 0; i < n; ++i) nodes[i] = {byte_id(word[i]), i - 1, i + 1};
    const auto found_at = [&](std::size_t i) {
      return nodes[i].id < 0 || nodes[i].next >= n ? MergeTable::Found{none, -1}
                                                   : table_.find(nodes[i].id, nodes[nodes[i].next].id);
    };
    // The smallest is the earliest merge, leftmost first. A candidate whose pair has changed meanwhile no longer finds
    // its own rank and is dropped.
    using Candidate = std::pair<std::uint32_t, std::size_t>;
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates;
    const auto offer = [&](std::size_t i) {
      if (const std::uint32_t rank = found_at(i).rank; rank != none) candidates.emplace(rank, i);
    };
    for (std::size_t i = 0; i < n; ++i) offer(i);
    while (!candidates.empty()) {
      const auto [rank, i] = candidates.top();
      candidates.pop();
      const MergeTable::Found found = found_at(i);
      if (found.rank != rank) continue;
      Node& right = nodes[nodes[i].next];
      nodes[i].id = found.result;
      nodes[i].next = right.next;
      if (right.next < n) nodes[right.next].previous = i;
      right.id = -1;
      offer(i);
      if (i > 0) offer(nodes[i].previous);
    }
    for (std::size_t i = 0; i < n; i = nodes[i].next)
      if (nodes[i].id >= 0) ids.push_back(nodes[i].id);
  }

  static constexpr std::uint32_t none = MergeTable::none;

  std::vector<std::string> pieces_;
  std::vector<Merge> merges_;
  bool whole_pieces_;
  std::array<std::int32_t, 256> byte_ids_;
  MergeTable table_;
  std::vector<MergeTable::Found> byte_pairs_;  // the same for two bytes: most look-ups of a word, in less memory
  PieceTable words_;
};

}  // namespace hadal
