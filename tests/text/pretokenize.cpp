// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/pretokenize.hpp>

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace hadal;

static std::string split(std::string_view text) {
  std::string s;
  for_each_word(text, [&](std::string_view word) { s.append(s.empty() ? "" : "|").append(word); });
  return s;
}

TEST_CASE("pretokenize: words, digits, punctuation, white space") {
  CHECK(split("") == "");
  CHECK(split("It is a truth, universally") == "It| is| a| truth|,| universally");
  CHECK(split("Emma's don't we'll 'tis they've I'd'") == "Emma|'s| don|'t| we|'ll| '|tis| they|'ve| I|'d|'");
  CHECK(split("in 1811 or 12345 x2") == "in| 181|1| or| 123|45| x|2");
  CHECK(split("said--\"no!\"\n\nThen") == "said|--\"|no|!\"\n\n|Then");
  CHECK(split("line\nnext\r\n\n  more") == "line|\n|next|\r\n\n| | more");
  CHECK(split("a   b\t\tc  ") == "a|  | b|\t|\t|c|  ");
  CHECK(split("a \n \n  b") == "a| \n \n| | b");
  CHECK(split(" \n") == " \n");
  CHECK(split("na\xC3\xAFve \xE2\x80\x9Cyes\xE2\x80\x9D \xE4\xB8\xAD\xE6\x96\x87\xE3\x80\x82") ==
        "na\xC3\xAFve| \xE2\x80\x9C|yes|\xE2\x80\x9D| \xE4\xB8\xAD\xE6\x96\x87|\xE3\x80\x82");
  CHECK(split("ab\xFF\xC3xy") == "ab|\xFF\xC3|xy");
}

TEST_CASE("pretokenize: words tile any bytes and never split a character") {
  std::mt19937 random(3);
  const std::string spare = " \n\r\tab'st1.,-\xC3\xA9\xE2\x80\x9C\xFF";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto n = random() % 24; n > 0; --n) text += spare[random() % spare.size()];
    std::string whole;
    for_each_word(text, [&](std::string_view word) {
      if (word.empty()) FAIL("an empty word");
      whole += word;
    });
    if (whole != text) FAIL("words do not tile: ", text);
    if (find_invalid_utf8(text) == text.size())
      for_each_word(text, [&](std::string_view word) {
        if (find_invalid_utf8(word) != word.size()) FAIL("a split character: ", text);
      });
  }
}
