// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>
#include <hadal/text/unicode.hpp>

#include <span>

namespace hadal {

/// A piece with a meaning of its own, such as "<|endoftext|>": never made from text by merging.
struct SpecialPiece {
  std::string text;
  std::int32_t id;
  bool special = true;       ///< left out when a text is decoded without its special pieces
  bool lstrip = false;       ///< takes the white space before it along
  bool rstrip = false;       ///< takes the white space behind it along
  bool single_word = false;  ///< only where no word goes on at either side
  bool normalized = false;   ///< looked for after the text has been normalized, and after all others
  friend bool operator==(const SpecialPiece&, const SpecialPiece&) = default;
};

/// Finds pieces in a text, the longest where several begin at one place.
class PieceFinder {
 public:
  /// Keeps the pieces' texts and numbers; the pieces themselves are asked for again in `split`.
  explicit PieceFinder(std::span<const SpecialPiece> pieces = {}, bool normalized = false) {
    for (std::size_t k = 0; k < pieces.size(); ++k)
      if (pieces[k].normalized == normalized) order_.push_back({pieces[k].text, k});
    std::sort(order_.begin(), order_.end(), [](const auto& a, const auto& b) { return a.text < b.text; });
    for (const Entry& e : order_) begins_[static_cast<unsigned char>(e.text[0])] = true;
  }

  /// Calls plain(text) for what lies between pieces, and found(piece) for each piece, in order.
  /// `pieces`: as they were given.
  template <class Plain, class Found>
  void split(std::string_view text, std::span<const SpecialPiece> pieces, Plain&& plain, Found&& found) const {
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size() && !order_.empty(); ++i) {
      if (!begins_[static_cast<unsigned char>(text[i])]) continue;
      const Entry* entry = longest_at(text, i);
      if (!entry) continue;
      const SpecialPiece& piece = pieces[entry->index];
      std::size_t begin = i, end = i + piece.text.size();
      i = end - 1;
      if (piece.single_word && (word_before(text, begin) || word_at(text, end))) continue;
      if (piece.lstrip)
        while (begin > done && character_before(text, begin).is(kind::space))
          begin -= character_before(text, begin).length;
      if (piece.rstrip)
        while (end < text.size() && character_at(text, end).is(kind::space)) end += character_at(text, end).length;
      if (done < begin) plain(text.substr(done, begin - done));
      found(piece);
      done = end;
    }
    if (done < text.size()) plain(text.substr(done));
  }

 private:
  struct Entry {
    std::string text;
    std::size_t index;
  };

  // Walks down the sorted texts: those that agree with the text so far are a range, which every byte narrows.
  const Entry* longest_at(std::string_view text, std::size_t i) const {
    auto first = order_.begin(), last = order_.end();
    const Entry* longest = nullptr;
    for (std::size_t k = 0; i + k < text.size() && first != last; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      const auto at = [k](const Entry& e) {
        return k < e.text.size() ? int{static_cast<unsigned char>(e.text[k])} : -1;
      };
      first = std::partition_point(first, last, [&](const Entry& e) { return at(e) < byte; });
      last = std::partition_point(first, last, [&](const Entry& e) { return at(e) == byte; });
      if (first != last && first->text.size() == k + 1) longest = &*first;
    }
    return longest;
  }

  static bool word_before(std::string_view text, std::size_t end) {
    return end > 0 && character_before(text, end).is(kind::word);
  }
  static bool word_at(std::string_view text, std::size_t i) {
    return i < text.size() && character_at(text, i).is(kind::word);
  }

  std::vector<Entry> order_;
  std::array<bool, 256> begins_{};
};

}  // namespace hadal
