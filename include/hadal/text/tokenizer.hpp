// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/json_value.hpp>
#include <hadal/text/added_pieces.hpp>
#include <hadal/text/bpe.hpp>
#include <hadal/text/normalize.hpp>
#include <hadal/text/pre_tokenizer.hpp>

namespace hadal {

/// What surrounds the byte pairs of a tokenizer.
struct TextRules {
  PreTokenizer words;                        ///< how a text is cut into words
  bool nfc = false;                          ///< texts are brought into normalization form C first
  std::vector<std::int32_t> prefix, suffix;  ///< the ids that a whole document begins and ends with
  std::optional<std::int32_t> bos, eos, pad; ///< as named by tokenizer_config.json
  Json published;                            ///< the members of tokenizer.json that say so, to write them back
};

/// Text <-> ids: normalization, special pieces, words (pre_tokenizer.hpp), byte pairs within each word (bpe.hpp).
/// Texts are UTF-8; a broken character counts as U+FFFD. decode(encode(text)) == text, unless the rules change the text
/// (form C, a blank put first, parts dropped).
/// Const calls may run on many threads at once.
class Tokenizer {
 public:
  /// Throws ValueError when a special piece is empty, appears twice, or takes the id of another piece.
  Tokenizer(Bpe bpe, std::vector<SpecialPiece> specials, TextRules rules = {})
      : bpe_(std::move(bpe)), specials_(std::move(specials)), rules_(std::move(rules)), pieces_(bpe_.pieces()) {
    const std::size_t in_vocabulary = pieces_.size();
    std::vector<std::string_view> texts;
    for (const SpecialPiece& s : specials_) {
      HADAL_CHECK(!s.text.empty(), ValueError, "tokenizer: a special piece must not be empty");
      HADAL_CHECK(s.id >= 0, ValueError, "tokenizer: special piece \"", s.text, "\" must have an id of its own, got ",
                  s.id);
      const auto id = static_cast<std::size_t>(s.id);
      if (id >= pieces_.size()) pieces_.resize(id + 1);
      HADAL_CHECK(pieces_[id].empty() || (id < in_vocabulary && pieces_[id] == s.text), ValueError,
                  "tokenizer: special piece \"", s.text, "\" must have an id of its own, got ", s.id);
      pieces_[id] = s.text;
      texts.push_back(s.text);
    }
    std::sort(texts.begin(), texts.end());
    const auto twin = std::adjacent_find(texts.begin(), texts.end());
    HADAL_CHECK(twin == texts.end(), ValueError, "tokenizer: special piece \"", *twin, "\" appears twice");
    raw_finder_ = PieceFinder(specials_, false);
    normalized_finder_ = PieceFinder(specials_, true);
  }

  /// Reads and writes the published tokenizer.json layout (tokenizer_json.hpp).
  static Tokenizer load(const std::string& path, const RegexCompiler& compile = {});
  void save(const std::string& path) const;

  std::int32_t vocab_size() const { return static_cast<std::int32_t>(pieces_.size()); }
  const Bpe& bpe() const { return bpe_; }
  const std::vector<SpecialPiece>& specials() const { return specials_; }
  const TextRules& rules() const { return rules_; }

  /// The id of a special piece. Throws ValueError when there is none of that name.
  std::int32_t special(std::string_view text) const {
    for (const SpecialPiece& s : specials_)
      if (s.text == text) return s.id;
    fail<ValueError>("tokenizer: there is no special piece \"", text, "\"");
  }

  /// The bytes of one id. Throws IndexError.
  const std::string& piece(std::int32_t id) const {
    HADAL_CHECK(id >= 0 && id < vocab_size(), IndexError, "tokenizer: id must be in 0 .. ", vocab_size() - 1, ", got ",
                id);
    return pieces_[static_cast<std::size_t>(id)];
  }

  /// The ids of the text. Special pieces in it are plain text, so that input from outside cannot smuggle them in.
  std::vector<std::int32_t> encode(std::string_view text) const {
    return encoded(text, [this](std::string_view whole, std::vector<std::int32_t>& ids) {
      normalized(whole, [&](std::string_view normal) { add_words(normal, ids); });
    });
  }

  /// The ids of the text, in which special pieces stand for themselves (the longest one where several fit).
  std::vector<std::int32_t> encode_with_specials(std::string_view text) const {
    return encoded(text, [this](std::string_view whole, std::vector<std::int32_t>& ids) {
      const auto found = [&](const SpecialPiece& s) { ids.push_back(s.id); };
      const auto plain = [&](std::string_view part) {
        normalized(part, [&](std::string_view normal) {
          normalized_finder_.split(
              normal, specials_, [&](std::string_view words) { add_words(words, ids); }, found);
        });
      };
      raw_finder_.split(whole, specials_, plain, found);
    });
  }

  /// The same between the prefix and suffix of a document: what published tokenizers return unless told otherwise.
  std::vector<std::int32_t> encode_document(std::string_view text) const {
    std::vector<std::int32_t> ids = encode_with_specials(text);
    ids.insert(ids.begin(), rules_.prefix.begin(), rules_.prefix.end());
    ids.insert(ids.end(), rules_.suffix.begin(), rules_.suffix.end());
    return ids;
  }

  /// The bytes of the ids, joined. Throws IndexError for an id outside the vocabulary.
  std::string decode(std::span<const std::int32_t> ids) const {
    std::string text;
    for (std::int32_t id : ids) text += piece(id);
    return text;
  }

  /// The same without the pieces that are special.
  std::string decode_without_specials(std::span<const std::int32_t> ids) const {
    std::string text;
    for (std::int32_t id : ids)
      if (const std::string& p = piece(id); !is_special(id)) text += p;
    return text;
  }

  /// Whether the id stands for something else than text.
  bool is_special(std::int32_t id) const {
    return std::any_of(specials_.begin(), specials_.end(),
                       [id](const SpecialPiece& s) { return s.special && s.id == id; });
  }

 private:
  template <class F>
  static std::vector<std::int32_t> encoded(std::string_view text, F&& add) {
    std::vector<std::int32_t> ids;
    ids.reserve(text.size() / 3 + 1);
    if (find_invalid_utf8(text) == text.size())
      add(text, ids);
    else
      add(replace_invalid_utf8(text), ids);
    return ids;
  }

  template <class F>
  void normalized(std::string_view text, F&& f) const {
    if (rules_.nfc && !is_plainly_nfc(text))
      f(to_nfc(text));
    else
      f(text);
  }

  void add_words(std::string_view text, std::vector<std::int32_t>& ids) const {
    rules_.words(text, [&](std::string_view word) { bpe_.encode(word, ids); });
  }

  Bpe bpe_;
  std::vector<SpecialPiece> specials_;
  TextRules rules_;
  std::vector<std::string> pieces_;  // those of bpe_ and the special ones
  PieceFinder raw_finder_, normalized_finder_;
};

}  // namespace hadal
