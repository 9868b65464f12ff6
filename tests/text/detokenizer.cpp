// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/detokenizer.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace hadal;

namespace {

Tokenizer bytes_only() {
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) pieces.emplace_back(1, static_cast<char>(b));
  return Tokenizer(Bpe(pieces, {}), {{"<|end|>", 256}});
}

}  // namespace

TEST_CASE("detokenizer: characters come whole, with their last byte") {
  const Tokenizer t = bytes_only();
  Detokenizer d(t);
  CHECK(d.push('a') == "a");
  CHECK(d.push(0xF0) == "");
  CHECK(d.push(0x9F) == "");
  CHECK(d.push(0x98) == "");
  CHECK(d.push(0x80) == "\xF0\x9F\x98\x80");
  CHECK(d.push(256) == "<|end|>");
  CHECK(d.push(0xE2) == "");
  CHECK(d.push('x') == "\xEF\xBF\xBDx");
  CHECK(d.push(0xC3) == "");
  CHECK(d.finish() == "\xEF\xBF\xBD");
  CHECK(d.finish() == "");
  CHECK_THROWS_AS(d.push(257), IndexError);
}

TEST_CASE("detokenizer: parts are always valid and join to the text") {
  const Tokenizer t = bytes_only();
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    std::string text, joined;
    const bool valid = round % 2 == 0;
    for (auto n = random() % 12; n > 0; --n) {
      if (valid)
        append_utf8(text, static_cast<std::uint32_t>(random() % 3 ? random() % 0xD800 : 0x10000 + random() % 0x100000));
      else
        text += "a\xC3\xA9\xE2\x80\x9C\xF0\x9F\xFF"[random() % 9];
    }
    Detokenizer d(t);
    for (std::int32_t id : t.encode(text)) {
      const std::string part = d.push(id);
      if (find_invalid_utf8(part) != part.size()) FAIL("half a character after ", joined);
      joined += part;
    }
    joined += d.finish();
    if (find_invalid_utf8(joined) != joined.size()) FAIL("invalid: ", text);
    if (valid && joined != text) FAIL("differs: ", text);
  }
}
