// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/utf8.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("utf8: every code point survives writing and reading") {
  for (std::uint32_t code = 0; code < 0x110000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    std::string s;
    append_utf8(s, code);
    const Utf8 c = decode_utf8(s, 0);
    if (!c.valid || c.code != code || c.length != s.size()) FAIL("code point ", code);
    for (std::size_t n = 1; n < s.size(); ++n) {
      const Utf8 part = decode_utf8(std::string_view(s).substr(0, n), 0);
      if (part.valid || !part.cut || part.length != n) FAIL("cut code point ", code);
    }
  }
}

TEST_CASE("utf8: long forms, surrogates, codes above the last and lone bytes are broken") {
  for (const char* s : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xBF", "\xFF", "\xC3(", "\xE2\x82("}) {
    CHECK_FALSE(decode_utf8(s, 0).valid);
    CHECK_FALSE(decode_utf8(s, 0).cut);
    CHECK(find_invalid_utf8(std::string("ab") + s) == 2);
  }
  CHECK(decode_utf8("\xE2\x82(", 0).length == 2);
  CHECK(decode_utf8("\xE0\x80\x80", 0).length == 1);
  CHECK(find_invalid_utf8("na\xC3\xAFve \xF0\x9F\x98\x80") == 11);
  CHECK(find_invalid_utf8("") == 0);
}
