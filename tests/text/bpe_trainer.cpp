// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/bpe_trainer.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace hadal;

namespace {

// The definition: count all pairs anew before each merge.
std::vector<Merge> learn_reference(std::string_view text, std::size_t count) {
  std::vector<std::vector<std::int32_t>> words;
  const auto& order = byte_alphabet.in_order;
  for_each_word(text, [&](std::string_view word) {
    words.emplace_back();
    for (char c : word)
      words.back().push_back(static_cast<std::int32_t>(
          std::find(order.begin(), order.end(), static_cast<unsigned char>(c)) - order.begin()));
  });
  std::vector<Merge> merges;
  while (merges.size() < count) {
    std::map<std::pair<std::int32_t, std::int32_t>, int> pairs;
    for (const auto& w : words)
      for (std::size_t i = 0; i + 1 < w.size(); ++i) ++pairs[{w[i], w[i + 1]}];
    int most = 1;
    Merge best{};
    for (const auto& [pair, n] : pairs)
      if (n > most) most = n, best = {pair.first, pair.second, static_cast<std::int32_t>(256 + merges.size())};
    if (most < 2) break;
    merges.push_back(best);
    for (auto& w : words)
      for (std::size_t i = 0; i + 1 < w.size(); ++i)
        if (w[i] == best.left && w[i + 1] == best.right) {
          w[i] = best.result;
          w.erase(w.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
  }
  return merges;
}

}  // namespace

TEST_CASE("bpe trainer: agrees with its definition, ties included") {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    std::string text;
    const auto letters = 2 + random() % 5;
    for (int n = 0; n < 400; ++n) text += random() % 5 == 0 ? ' ' : static_cast<char>('a' + random() % letters);
    if (BpeTrainer(text).learn(150) != learn_reference(text, 150)) FAIL("differs on ", text);
  }
}

TEST_CASE("train_bpe: pieces of a small text") {
  const Tokenizer t = train_bpe("low low low lower lower newest newest", 262, {"<|end|>"});
  CHECK(t.vocab_size() == 262);
  CHECK(t.piece(256) == "lo");
  CHECK(t.piece(257) == "low");
  CHECK(t.piece(258) == " low");
  CHECK(t.special("<|end|>") == 261);
  CHECK(t.decode(t.encode("lowest low")) == "lowest low");
  CHECK(t.encode(" low") == std::vector<std::int32_t>{258});
}

TEST_CASE("train_bpe: learning on goes where one long run would") {
  const std::string text = "a rose is a rose is a rose, said the rose to the roses";
  BpeTrainer parts(text);
  std::vector<Merge> merges = parts.learn(3);
  for (const Merge& m : parts.learn(7)) merges.push_back(m);
  CHECK(merges == BpeTrainer(text).learn(10));
}

TEST_CASE("train_bpe: a text without repeated pairs gives a smaller vocabulary") {
  CHECK(train_bpe("abc", 4096).vocab_size() == 256);
  CHECK(train_bpe("ab ab", 4096, {"<s>"}).vocab_size() == 258);
}

TEST_CASE("train_bpe: errors") {
  CHECK_THROWS_WITH_AS(train_bpe("", 300), "train_bpe: the text must not be empty", ValueError);
  CHECK_THROWS_WITH_AS(train_bpe("text", 257, {"<a>", "<b>"}),
                       "train_bpe: vocab_size must be at least 258 (256 bytes and 2 special pieces), got 257",
                       ValueError);
  CHECK_THROWS_AS(train_bpe("text", -1), ValueError);
  CHECK_THROWS_WITH_AS(train_bpe("text", 300, {"<a>", "<a>"}), "tokenizer: special piece \"<a>\" appears twice",
                       ValueError);
  CHECK_THROWS_WITH_AS(train_bpe("text", 300, {""}), "tokenizer: a special piece must not be empty", ValueError);
}
