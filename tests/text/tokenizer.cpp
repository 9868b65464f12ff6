// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/tokenizer.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace hadal;

namespace {

// Bytes as their own ids, three merges, and specials of which one begins like the other.
Tokenizer sample() {
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) pieces.emplace_back(1, static_cast<char>(b));
  for (const char* s : {"th", " th", " the"}) pieces.emplace_back(s);
  return Tokenizer(Bpe(pieces, {{'t', 'h', 256}, {' ', 256, 257}, {257, 'e', 258}}),
                   {{"<|end|>", 259}, {"<|end|>.", 260}});
}

}  // namespace

TEST_CASE("tokenizer: words, repeated words and specials") {
  const Tokenizer t = sample();
  using Ids = std::vector<std::int32_t>;
  CHECK(t.vocab_size() == 261);
  CHECK(t.encode("") == Ids{});
  CHECK(t.encode("the the the") == Ids{256, 'e', 258, 258});
  CHECK(t.encode_with_specials("the<|end|> the<|end|>.<|") == Ids{256, 'e', 259, 258, 260, '<', '|'});
  CHECK(t.encode_with_specials("<|end|>") == Ids{259});
  CHECK(t.encode("<|end|>").size() == 7);
  CHECK(t.decode(Ids{256, 'e', 259, 258, 260}) == "the<|end|> the<|end|>.");
  CHECK(t.special("<|end|>") == 259);
}

TEST_CASE("tokenizer: any text comes back, broken characters as U+FFFD") {
  const Tokenizer t = sample();
  std::mt19937 random(2);
  const std::string spare = " the<|end|>.\n\xC3\xA9\xFF\x80'9";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto n = random() % 40; n > 0; --n)
      text += random() % 4 ? spare[random() % spare.size()] : static_cast<char>(random() % 256);
    const std::string whole = replace_invalid_utf8(text);
    if (t.decode(t.encode(text)) != whole) FAIL("plain: ", text);
    if (t.decode(t.encode_with_specials(text)) != whole) FAIL("with specials: ", text);
  }
}

TEST_CASE("tokenizer: a document has a prefix and a suffix; form C where asked for") {
  TextRules rules;
  rules.prefix = {259}, rules.suffix = {260};
  rules.nfc = true;
  const Tokenizer t(sample().bpe(), sample().specials(), rules);
  using Ids = std::vector<std::int32_t>;
  CHECK(t.encode_document("the") == Ids{259, 256, 'e', 260});
  CHECK(t.encode("e\xCC\x81") == Ids{0xC3, 0xA9});
  CHECK(t.encode_with_specials("e\xCC\x81<|end|>") == Ids{0xC3, 0xA9, 259});
}

TEST_CASE("tokenizer: special pieces may be left out of a text") {
  std::vector<SpecialPiece> specials = sample().specials();
  specials[1].special = false;
  const Tokenizer t(sample().bpe(), specials);
  CHECK(t.decode_without_specials(std::vector<std::int32_t>{259, 258, 260}) == " the<|end|>.");
  CHECK(t.is_special(259));
  CHECK_FALSE(t.is_special(260));
  CHECK_FALSE(t.is_special('a'));
  CHECK_THROWS_AS(t.decode_without_specials(std::vector<std::int32_t>{261}), IndexError);
}

TEST_CASE("tokenizer: errors") {
  const Tokenizer t = sample();
  CHECK_THROWS_WITH_AS(t.piece(261), "tokenizer: id must be in 0 .. 260, got 261", IndexError);
  CHECK_THROWS_WITH_AS(t.decode(std::vector<std::int32_t>{5, -1}), "tokenizer: id must be in 0 .. 260, got -1",
                       IndexError);
  CHECK_THROWS_WITH_AS(t.special("<s>"), "tokenizer: there is no special piece \"<s>\"", ValueError);
  CHECK_THROWS_WITH_AS(Tokenizer(t.bpe(), {{"<s>", 12}}),
                       "tokenizer: special piece \"<s>\" must have an id of its own, got 12", ValueError);
  CHECK_THROWS_AS(Tokenizer(t.bpe(), {{"<s>", -1}}), ValueError);
  CHECK_THROWS_WITH_AS(Tokenizer(t.bpe(), {{"", 259}}), "tokenizer: a special piece must not be empty", ValueError);
  CHECK(Tokenizer(t.bpe(), {{" the", 258}}).special(" the") == 258);  // also in the vocabulary, as itself
  CHECK_THROWS_AS(Tokenizer(t.bpe(), {{"<s>", 259}, {"<t>", 259}}), ValueError);
  CHECK_THROWS_WITH_AS(Tokenizer(t.bpe(), {{"<s>", 259}, {"<s>", 260}}),
                       "tokenizer: special piece \"<s>\" appears twice", ValueError);
}
