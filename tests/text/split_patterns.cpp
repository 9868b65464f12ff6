// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/split_patterns.hpp>

#include <doctest/doctest.h>

using namespace hadal;

// Matches in brackets, what lies between them without. What the reference makes of such texts is in golden/.
template <class Match>
static std::string split(const Match& match, std::string_view text) {
  std::string s;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = match(text, i), next = end > i ? end : i + character_at(text, i).length;
    const std::string part(text.substr(i, next - i));
    s += end > i ? "[" + part + "]" : part;
    i = next;
  }
  return s;
}

TEST_CASE("split patterns: GPT-2") {
  const Gpt2Words m;
  CHECK(split(m, "Don't stop'S 12ab") == "[Don]['t][ stop]['][S][ 12][ab]");
  CHECK(split(m, "a  b \n c\t\t") == "[a][ ][ b][ \n][ c][\t\t]");
  CHECK(split(m, "x\xCC\x81!! \xC2\xBD\xC2\xA0\xC2\xA0y") == "[x][\xCC\x81!!][ \xC2\xBD][\xC2\xA0][\xC2\xA0][y]");
  CHECK(split(m, " ") == "[ ]");
}

TEST_CASE("split patterns: Llama 3 and Qwen") {
  const LlamaWords llama{3}, qwen{1}, marks{1, kind::letter | kind::mark};
  CHECK(split(llama, "I'LL see'ſ 1234 (ok)\r\n\n x") == "[I]['LL][ see]['ſ][ ][123][4][ (][ok][)\r\n\n][ x]");
  CHECK(split(qwen, "x12") == "[x][1][2]");
  CHECK(split(llama, "e\xCC\x81x") == "[e][\xCC\x81x]");
  CHECK(split(marks, "e\xCC\x81x") == "[e\xCC\x81x]");
  CHECK(split(llama, "a\n \n  b") == "[a][\n \n][ ][ b]");
  CHECK(split(llama, "a   ") == "[a][   ]");
  CHECK(split(llama, "\tif \nx") == "[\tif][ \n][x]");
  CHECK(split(llama, "a  !") == "[a][ ][ !]");
}

TEST_CASE("split patterns: DeepSeek-V3") {
  const DeepSeekWords m;
  CHECK(split(m, "(word) .x _y") == "[(word][)][ .][x][ _][y]");
  CHECK(split(m, "(\xC3\xA9)") == "[(][\xC3\xA9][)]");
  CHECK(split(m, "a1b 2") == "[a][1b][ ]2");
  CHECK(split(m, std::string_view("\0\0b\0", 4)) == std::string("\0[\0b]\0", 6));
  CHECK(split(m, "x!\r\n\n  y  ") == "[x][!\r\n\n][ ][ y][  ]");
  CHECK(split(m, "\n\nx \xCC\x81") == "[\n\n][x][ \xCC\x81]");
}

TEST_CASE("split patterns: white space at the end of a line") {
  CHECK(split(LineEndSpace{}, " a  ") == " a[  ]");
  CHECK(split(LineEndSpace{}, "a \t\n b") == "a[ \t]\n b");
  CHECK(split(LineEndSpace{}, "a \n\n b") == "a[ \n]\n b");
  const std::string far(300000, ' ');
  CHECK(split(LineEndSpace{}, far + "5") == far + "5");  // in linear time
}

TEST_CASE("split patterns: runs") {
  const auto of = [](std::string_view pattern, std::string_view text) {
    const auto run = RunPattern::parse(pattern);
    return run ? split(*run, text) : "no run";
  };
  CHECK(of("\\p{N}{1,3}", "a1234\xC2\xBDz") == "a[123][4\xC2\xBD]z");
  CHECK(of("[\r\n]", "a\r\nb") == "a[\r][\n]b");
  CHECK(of("[一-龥぀-ゟ゠-ヿ]+", "a中文カナb한") == "a[中文カナ]b한");
  CHECK(of("\\s?[A-Za-zµ]+", "ab  cµ-d") == "[ab] [ cµ]-[d]");
  CHECK(of("\\s?[!-/\xE3\x80\x80-\xE3\x80\x82]+", "\xE3\x80\x80\xE3\x80\x82 !a\xE3\x80\x80z") ==
        "[\xE3\x80\x80\xE3\x80\x82][ !]a[\xE3\x80\x80]z");
  CHECK(of("\\s?\\p{L}+", "ab, cd") == "[ab],[ cd]");
  for (const char* other : {"", "\\s?", "\\p{X}+", "\\p{L}*", "[a-z]{1,3", "[a-z]{1,}", "[^a]+", "[z-a]", "[a", "[]",
                            "[-a]", "[a-]", "[\\w]+", "[a]+|b", "\\p{L", "[\xFF]"})
    CHECK_FALSE(RunPattern::parse(other).has_value());
}

TEST_CASE("split patterns: digits count numbers that are younger than the patterns' Unicode") {
  CHECK(split(Digits{1}, "a12\xC2\xBD") == "a[1][2][\xC2\xBD]");
  CHECK(split(Digits{SIZE_MAX}, "a12\xF0\x91\xB7\xA3z") == "a[12\xF0\x91\xB7\xA3]z");
}
