// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/byte_alphabet.hpp>
#include <hadal/text/tokenizer.hpp>

namespace hadal {

/// Learns merges from the different words of a text and their counts: again and again, the pair of neighbours that
/// occurs most often becomes a piece (among equals, the pair with the smaller left, then right id).
class BpeTrainer {
 public:
  /// Ids 0 .. 255 are the bytes in the order of the byte alphabet.
  explicit BpeTrainer(std::string_view text) {
    std::array<std::int32_t, 256> id_of{};
    for (std::size_t k = 0; k < 256; ++k) id_of[byte_alphabet.in_order[k]] = static_cast<std::int32_t>(k);
    std::unordered_map<std::string_view, std::size_t> seen;
    for_each_word(text, [&](std::string_view word) {
      const auto [entry, is_new] = seen.try_emplace(word, words_.size());
      if (is_new) {
        Word& w = words_.emplace_back();
        for (char c : word) w.ids.push_back(id_of[static_cast<unsigned char>(c)]);
      }
      ++words_[entry->second].count;
    });
    for (std::size_t w = 0; w < words_.size(); ++w) add_pairs(w, 1, -1);
    for (const auto& [key, pair] : pairs_) queue_.push({pair.count, key});
  }

  /// The next at most `count` merges; fewer when no pair occurs twice any more.
  std::vector<Merge> learn(std::size_t count) {
    std::vector<Merge> merges;
    while (merges.size() < count && !queue_.empty()) {
      const Candidate best = queue_.top();
      queue_.pop();
      Pair& pair = pairs_[best.key];
      if (pair.count < 2) continue;
      if (pair.count != best.count) {  // counts change without the queue knowing: look again with the true one
        queue_.push({pair.count, best.key});
        continue;
      }
      const Merge merge{static_cast<std::int32_t>(best.key >> 32), static_cast<std::int32_t>(best.key & 0xFFFFFFFFu),
                        next_id_++};
      merges.push_back(merge);
      const std::vector<std::size_t> touched = std::move(pair.words);
      for (std::size_t w : touched) apply(merge, w);
      for (std::uint64_t key : fresh_) queue_.push({pairs_[key].count, key});
      fresh_.clear();
    }
    return merges;
  }

 private:
  struct Word {
    std::vector<std::int32_t> ids;
    std::int64_t count = 0;
  };
  struct Pair {
    std::int64_t count = 0;
    std::vector<std::size_t> words;  // every word that has the pair, and some that had it once
  };
  struct Candidate {
    std::int64_t count;
    std::uint64_t key;
    bool operator<(const Candidate& other) const {
      return count != other.count ? count < other.count : key > other.key;
    }
  };

  // Adds (sign 1) or takes away (sign -1) the pairs of a word. Pairs with the piece `fresh`, or all pairs when it is
  // negative, have not met this word before and remember it.
  void add_pairs(std::size_t w, std::int64_t sign, std::int32_t fresh) {
    const Word& word = words_[w];
    for (std::size_t i = 0; i + 1 < word.ids.size(); ++i) {
      const std::int32_t left = word.ids[i], right = word.ids[i + 1];
      const std::uint64_t key = pair_key(left, right);
      Pair& pair = pairs_[key];
      pair.count += sign * word.count;
      if (sign < 0 || (fresh >= 0 && left != fresh && right != fresh)) continue;
      if (fresh >= 0 && pair.words.empty()) fresh_.push_back(key);
      if (pair.words.empty() || pair.words.back() != w) pair.words.push_back(w);
    }
  }

  void apply(const Merge& merge, std::size_t w) {
    std::vector<std::int32_t>& ids = words_[w].ids;
    const auto fits = [&](std::size_t i) {
      return i + 1 < ids.size() && ids[i] == merge.left && ids[i + 1] == merge.right;
    };
    std::size_t i = 0;
    while (i < ids.size() && !fits(i)) ++i;
    if (i == ids.size()) return;
    add_pairs(w, -1, merge.result);
    std::size_t kept = i;
    while (i < ids.size()) {
      const bool fit = fits(i);
      ids[kept++] = fit ? merge.result : ids[i];
      i += fit ? 2 : 1;
    }
    ids.resize(kept);
    add_pairs(w, 1, merge.result);
  }

  std::vector<Word> words_;
  std::unordered_map<std::uint64_t, Pair> pairs_;
  std::priority_queue<Candidate> queue_;
  std::vector<std::uint64_t> fresh_;  // pairs seen for the first time during the current merge
  std::int32_t next_id_ = 256;
};

/// A byte-level tokenizer whose vocabulary is learnt from the text: 256 bytes, merges, then the special pieces, in all
/// vocab_size pieces (fewer when the text is so short that no pair occurs twice any more). The same text gives the
/// same tokenizer. Throws ValueError when the text is empty or vocab_size leaves no room for bytes and specials.
inline Tokenizer train_bpe(std::string_view text, std::int64_t vocab_size,
                           const std::vector<std::string>& specials = {}) {
  HADAL_CHECK(!text.empty(), ValueError, "train_bpe: the text must not be empty");
  const auto least = static_cast<std::int64_t>(256 + specials.size());
  HADAL_CHECK(vocab_size >= least && vocab_size <= INT32_MAX, ValueError, "train_bpe: vocab_size must be at least ",
              least, " (256 bytes and ", specials.size(), " special pieces), got ", vocab_size);
  std::vector<Merge> merges = BpeTrainer(text).learn(static_cast<std::size_t>(vocab_size - least));
  std::vector<std::string> pieces;
  for (std::uint8_t byte : byte_alphabet.in_order) pieces.emplace_back(1, static_cast<char>(byte));
  for (const Merge& m : merges)
    pieces.push_back(pieces[static_cast<std::size_t>(m.left)] + pieces[static_cast<std::size_t>(m.right)]);
  std::vector<SpecialPiece> special_pieces;
  for (const std::string& s : specials)
    special_pieces.push_back({s, static_cast<std::int32_t>(pieces.size() + special_pieces.size())});
  return Tokenizer(Bpe(std::move(pieces), std::move(merges)), std::move(special_pieces));
}

}  // namespace hadal
