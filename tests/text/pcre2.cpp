// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// libraries: pcre2-8
#include <hadal/text/pcre2.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace hadal;

static std::string words(const PreTokenizer::Matcher& match, std::string_view text) {
  std::string s;
  PreTokenizer({PreTokenizer::Split{match}})(
      text, [&](std::string_view word) { s.append(s.empty() ? "" : "|").append(word); });
  return s;
}

TEST_CASE("pcre2: patterns with Unicode's classes, lines and empty matches") {
  CHECK(words(pcre2_search("\\p{Lu}\\p{Ll}*"), "h\xC3\x89t\xC3\xA9!") == "h|\xC3\x89t\xC3\xA9|!");
  CHECK(words(pcre2_search("\\s+$"), "a \nb ") == "a| |\nb| ");
  CHECK(words(pcre2_search("(?=b)"), "abcb") == "a|bc|b");
  CHECK(words(pcre2_search("[^\\r\\n]x?"), "\xE4\xB8\xAD\xE6\x96\x87x") == "\xE4\xB8\xAD|\xE6\x96\x87x");
}

TEST_CASE("pcre2: the built-in matchers agree with the patterns they stand for") {
  std::mt19937 random(9);
  const std::vector<std::string> spare = {
      " ", "\n", "\r", "\t", "\xE3\x80\x80", "a", "s", "T", "l", "\xC3\xA9", "\xE4\xB8\xAD", "1",
      "\xC2\xBD", "'", ".", "$", "_", "\xCC\x81", "\xE2\x80\x8B", "\xF0\x9F\x98\x80"};
  for (std::string_view pattern : {OwnWords::pattern, Gpt2Words::pattern, LlamaWords::llama3, LlamaWords::qwen2,
                                   LlamaWords::qwen3_5, DeepSeekWords::pattern, LineEndSpace::pattern,
                                   std::string_view("\\p{N}{1,3}"),
                                   std::string_view("\\s?[!-/\xE3\x80\x80-\xE3\x80\x82]+")}) {
    const PreTokenizer::Matcher ours = PreTokenizer::matcher(pattern), theirs = pcre2_search(pattern);
    for (int round = 0; round < 1500; ++round) {
      std::string text;
      for (auto n = random() % 14; n > 0; --n) text += spare[random() % spare.size()];
      if (words(ours, text) != words(theirs, text)) FAIL(pattern, " on ", text);
    }
  }
}

TEST_CASE("pcre2: a wrong pattern is an error that names it") {
  CHECK_THROWS_WITH_AS(pcre2_search("a(b"), "pcre2: the pattern a(b is wrong at 3: missing closing parenthesis",
                       ConfigError);
}
