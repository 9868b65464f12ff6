// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/bpe.hpp>
#include <hadal/text/pretokenize.hpp>

#include <span>

namespace hadal {

/// A piece with a meaning of its own, such as "<|endoftext|>": never made from text by merging.
struct SpecialPiece {
  std::string text;
  std::int32_t id;
  friend bool operator==(const SpecialPiece&, const SpecialPiece&) = default;
};

/// Text <-> ids: words (pretokenize.hpp), byte pairs within each word (bpe.hpp), and special pieces.
/// decode(encode(text)) == text for any bytes. Const calls may run on many threads at once.
class Tokenizer {
 public:
  /// Throws ValueError when a special piece is empty, appears twice, or takes an id of the vocabulary.
  Tokenizer(Bpe bpe, std::vector<SpecialPiece> specials) : bpe_(std::move(bpe)), specials_(std::move(specials)) {
    vocab_size_ = static_cast<std::int32_t>(bpe_.pieces().size());
    for (const SpecialPiece& s : specials_) vocab_size_ = std::max(vocab_size_, s.id + 1);
    pieces_ = bpe_.pieces();
    pieces_.resize(static_cast<std::size_t>(vocab_size_));
    for (const SpecialPiece& s : specials_) {
      HADAL_CHECK(!s.text.empty(), ValueError, "tokenizer: a special piece must not be empty");
      HADAL_CHECK(s.id >= 0 && pieces_[static_cast<std::size_t>(s.id)].empty(), ValueError,
                  "tokenizer: special piece \"", s.text, "\" must have an id of its own, got ", s.id);
      HADAL_CHECK(special(s.text) == s.id, ValueError, "tokenizer: special piece \"", s.text, "\" appears twice");
      pieces_[static_cast<std::size_t>(s.id)] = s.text;
    }
  }

  /// Reads and writes the published tokenizer.json layout (tokenizer_json.hpp).
  static Tokenizer load(const std::string& path);
  void save(const std::string& path) const;

  std::int32_t vocab_size() const { return vocab_size_; }
  const Bpe& bpe() const { return bpe_; }
  const std::vector<SpecialPiece>& specials() const { return specials_; }

  /// The id of a special piece. Throws ValueError when there is none of that name.
  std::int32_t special(std::string_view text) const {
    for (const SpecialPiece& s : specials_)
      if (s.text == text) return s.id;
    fail<ValueError>("tokenizer: there is no special piece \"", text, "\"");
  }

  /// The bytes of one id. Throws IndexError.
  const std::string& piece(std::int32_t id) const {
    HADAL_CHECK(id >= 0 && id < vocab_size_, IndexError, "tokenizer: id must be in 0 .. ", vocab_size_ - 1, ", got ",
                id);
    return pieces_[static_cast<std::size_t>(id)];
  }

  /// The ids of the text. Special pieces in it are plain text, so that input from outside cannot smuggle them in.
  std::vector<std::int32_t> encode(std::string_view text) const {
    std::vector<std::int32_t> ids;
    encode_plain(text, ids);
    return ids;
  }

  /// The ids of the text, in which special pieces stand for themselves (the longest one where several fit).
  std::vector<std::int32_t> encode_with_specials(std::string_view text) const {
    std::vector<std::int32_t> ids;
    while (!text.empty()) {
      std::size_t first = text.size();
      const SpecialPiece* found = nullptr;
      for (const SpecialPiece& s : specials_) {
        const std::size_t at = text.find(s.text);
        if (at < first || (found && at == first && s.text.size() > found->text.size())) first = at, found = &s;
      }
      encode_plain(text.substr(0, first), ids);
      if (!found) break;
      ids.push_back(found->id);
      text.remove_prefix(first + found->text.size());
    }
    return ids;
  }

  /// The bytes of the ids, joined. Throws IndexError for an id outside the vocabulary.
  std::string decode(std::span<const std::int32_t> ids) const {
    std::string text;
    for (std::int32_t id : ids) text += piece(id);
    return text;
  }

 private:
  // Most words of a text have been seen before: their pieces are copied from where they came out first.
  void encode_plain(std::string_view text, std::vector<std::int32_t>& ids) const {
    struct Seen {
      std::size_t begin, count;
    };
    std::unordered_map<std::string_view, Seen> seen;
    for_each_word(text, [&](std::string_view word) {
      const auto [entry, is_new] = seen.try_emplace(word, Seen{ids.size(), 0});
      Seen& s = entry->second;
      if (is_new) {
        bpe_.encode(word, ids);
        s.count = ids.size() - s.begin;
      } else {
        for (std::size_t k = 0; k < s.count; ++k) ids.push_back(ids[s.begin + k]);
      }
    });
  }

  Bpe bpe_;
  std::vector<SpecialPiece> specials_;
  std::vector<std::string> pieces_;
  std::int32_t vocab_size_ = 0;
};

}  // namespace hadal
