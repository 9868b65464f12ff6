// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/unicode.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("unicode: kinds of characters of many blocks") {
  const auto is = [](std::uint32_t code, unsigned kind) { return unicode_kind(code) == kind; };
  using namespace kind;
  for (std::uint32_t c : {0x41u, 0x7Au, 0xAAu, 0xE9u, 0x416u, 0x5D0u, 0x627u, 0x939u, 0x1C89u, 0x4E2Du, 0xAC00u,
                          0x20000u})
    CHECK(is(c, letter | word));
  for (std::uint32_t c : {0x301u, 0x93Eu, 0x64Bu, 0xFE0Fu, 0x20E3u, 0xE0100u}) CHECK(is(c, mark | word));
  for (std::uint32_t c : {0x30u, 0x661u, 0x967u, 0xFF11u, 0x2160u, 0x1D7CEu}) CHECK(is(c, number | word));
  for (std::uint32_t c : {0xB2u, 0xBDu, 0x2460u, 0x3251u}) CHECK(is(c, number));
  for (std::uint32_t c : {0x21u, 0x2014u, 0x3002u, 0xFF01u, 0x61Fu}) CHECK(is(c, punctuation));
  CHECK(is('_', punctuation | word));
  for (std::uint32_t c : {0x24u, 0x2Bu, 0x5Eu, 0x20ACu, 0x2190u, 0x1F600u, 0x2581u}) CHECK(is(c, symbol));
  CHECK(is(0x24B6, symbol | word));
  for (std::uint32_t c : {0x9u, 0xDu, 0x20u, 0x85u, 0xA0u, 0x1680u, 0x200Au, 0x2028u, 0x202Fu, 0x205Fu, 0x3000u})
    CHECK(is(c, space));
  for (std::uint32_t c : {0x0u, 0x1Fu, 0x7Fu, 0x200Bu, 0xFEFFu, 0xE000u, 0xD800u, 0x378u, 0x10FFFFu})
    CHECK(is(c, other));
  CHECK(is(0x200D, other | word));
}

TEST_CASE("unicode: characters of a text, broken bytes among them") {
  const std::string_view text = "a\xE4\xB8\xAD\xFF \xF0\x9F\x98\x80\xE4\xB8";
  std::string kinds, lengths;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    kinds += c.is(kind::letter) ? 'L' : c.is(kind::space) ? 'Z' : c.is(kind::symbol) ? 'S' : 'C';
    lengths += static_cast<char>('0' + c.length);
    i += c.length;
  }
  CHECK(kinds == "LLCZSC");
  CHECK(lengths == "131142");
  CHECK(character_at(text, 1).code == 0x4E2D);
  CHECK(character_before(text, 1).code == 'a');
  CHECK(character_before(text, 4).code == 0x4E2D);
  CHECK(character_before(text, 10).code == 0x1F600);
}

TEST_CASE("unicode: broken characters are replaced as Python does") {
  CHECK(replace_invalid_utf8("") == "");
  CHECK(replace_invalid_utf8("caf\xC3\xA9") == "caf\xC3\xA9");
  const std::string r = "\xEF\xBF\xBD";
  CHECK(replace_invalid_utf8("a\xFFz") == "a" + r + "z");
  CHECK(replace_invalid_utf8("\xE2\x82") == r);
  CHECK(replace_invalid_utf8("\xE2\x82z\xF0\x9F\x98") == r + "z" + r);
  CHECK(replace_invalid_utf8("\xED\xA0\x80") == r + r + r);
  CHECK(replace_invalid_utf8("\xC0\xAF\xF4\x90\x80\x80") == r + r + r + r + r + r);
}
