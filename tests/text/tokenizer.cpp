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

TEST_CASE("tokenizer: any bytes come back") {
  const Tokenizer t = sample();
  std::mt19937 random(2);
  const std::string spare = " the<|end|>.\n\xC3\xA9\xFF\x80'9";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto n = random() % 40; n > 0; --n)
      text += random() % 4 ? spare[random() % spare.size()] : static_cast<char>(random() % 256);
    if (t.decode(t.encode(text)) != text) FAIL("plain: ", text);
    if (t.decode(t.encode_with_specials(text)) != text) FAIL("with specials: ", text);
  }
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
  CHECK_THROWS_AS(Tokenizer(t.bpe(), {{"<s>", 259}, {"<t>", 259}}), ValueError);
  CHECK_THROWS_WITH_AS(Tokenizer(t.bpe(), {{"<s>", 259}, {"<s>", 260}}),
                       "tokenizer: special piece \"<s>\" appears twice", ValueError);
}
