// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/byte_alphabet.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace hadal;

TEST_CASE("byte alphabet: every byte has one character, as published") {
  std::string all;
  for (int b = 0; b < 256; ++b) all.push_back(static_cast<char>(b));
  const std::string spelling = spell_bytes(all);
  CHECK(unspell_bytes(spelling) == all);
  CHECK(find_invalid_utf8(spelling) == spelling.size());
  CHECK(spell_bytes(" a\n\xC3") == "\xC4\xA0" "a" "\xC4\x8A" "\xC3\x83");  // U+0120 a U+010A U+00C3
  CHECK(byte_alphabet.code[0xAD] == 0x143);
  CHECK(byte_alphabet.in_order[0] == '!');
  CHECK(byte_alphabet.in_order[93] == '~');
  CHECK(byte_alphabet.in_order[94] == 0xA1);
  CHECK(byte_alphabet.in_order[255] == 0xAD);
}

TEST_CASE("byte alphabet: characters outside it are errors") {
  CHECK_THROWS_AS(unspell_bytes(" "), ValueError);
  CHECK_THROWS_AS(unspell_bytes("\xC5\x84"), ValueError);          // U+0144
  CHECK_THROWS_AS(unspell_bytes("a\xF0\x9F\x98\x80"), ValueError);
  CHECK_THROWS_WITH_AS(unspell_bytes("ab\x7F"),
                       "byte alphabet: \"ab\x7F\" has a character that stands for no byte at 2", ValueError);
  CHECK_THROWS_AS(unspell_bytes("\xFF"), ValueError);
}
