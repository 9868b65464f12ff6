// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/pre_tokenizer.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using Split = PreTokenizer::Split;

static std::string words(const PreTokenizer& p, std::string_view text) {
  std::string s;
  p(text, [&](std::string_view word) { s.append(s.empty() ? "" : "|").append(word); });
  return s;
}

TEST_CASE("pre-tokenizer: each step cuts what the one before left") {
  const PreTokenizer v3({Split{PreTokenizer::matcher("\\p{N}{1,3}")}, Split{PreTokenizer::matcher("[一-龥]+")},
                         Split{PreTokenizer::matcher(DeepSeekWords::pattern)}});
  CHECK(words(v3, "in 1234中文x, (y)  7") == "in| |123|4|中文|x|,| (|y|)|  |7");
  CHECK(words(v3, "") == "");
  CHECK(words(PreTokenizer(), "It is 1811.") == "It| is| 181|1|.");
  CHECK(words(PreTokenizer(std::vector<PreTokenizer::Step>{}), "all of it") == "all of it");
}

TEST_CASE("pre-tokenizer: matches or gaps may be dropped, and a blank put first") {
  const PreTokenizer::Matcher letters = PreTokenizer::matcher("\\p{L}+");
  CHECK(words(PreTokenizer({Split{letters}}), "ab, c") == "ab|, |c");
  CHECK(words(PreTokenizer({Split{letters, false, true}}), "ab, c") == ", ");
  CHECK(words(PreTokenizer({Split{letters, true, false}}), "ab, c") == "ab|c");
  const PreTokenizer blank({Split{letters}, PreTokenizer::LeadingBlank{}});
  CHECK(words(blank, "ab, c d") == " ab| , | c| | d");
}

TEST_CASE("pre-tokenizer: the known patterns, and plugged in ones") {
  for (std::string_view known : {OwnWords::pattern, Gpt2Words::pattern, LlamaWords::llama3, LlamaWords::qwen2,
                                 LlamaWords::qwen3_5, DeepSeekWords::pattern, LineEndSpace::pattern})
    CHECK_NOTHROW(PreTokenizer::matcher(known));
  CHECK(std::get<LlamaWords>(PreTokenizer::matcher(LlamaWords::qwen2)).digits == 1);
  CHECK_THROWS_WITH_AS(PreTokenizer::matcher("a|b"),
                       "pre_tokenizer: the pattern a|b is not built in; load with a compiler of regular expressions "
                       "such as pcre2.hpp's",
                       ConfigError);
  // x*: empty matches cut too, but not right behind a match.
  const RegexCompiler compile = [](std::string_view) -> RegexSearch {
    return [](std::string_view text, std::size_t from) {
      std::size_t end = from;
      while (end < text.size() && text[end] == 'x') ++end;
      return std::pair{from, end};
    };
  };
  CHECK(words(PreTokenizer({Split{PreTokenizer::matcher("x*", compile)}}), "axxbc") == "a|xx|b|c");
  const RegexCompiler never = [](std::string_view) -> RegexSearch {
    return [](std::string_view, std::size_t) { return std::pair{std::string_view::npos, std::string_view::npos}; };
  };
  CHECK(words(PreTokenizer({Split{PreTokenizer::matcher("y|z", never)}}), "abc") == "abc");
}
