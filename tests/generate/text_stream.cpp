// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/generate/text_stream.hpp>

#include <doctest/doctest.h>

#include "support/bytes_tokenizer.hpp"

namespace text_stream_test {
using namespace hadal;

/// Feeds a text byte by byte; the parts shown, the rest in the end.
std::vector<std::string> shown(const std::string& text, const std::vector<std::string>& stops,
                               bool* stopped = nullptr) {
  const Tokenizer t = test::bytes_tokenizer();
  TextStream s(t, stops);
  std::vector<std::string> parts;
  for (const char c : text) parts.push_back(s.push(static_cast<unsigned char>(c)));
  parts.push_back(s.finish());
  if (stopped) *stopped = s.stopped();
  return parts;
}
std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& p : parts) all += p;
  return all;
}

TEST_CASE("text stream: without stop strings all text comes at once, in whole characters") {
  CHECK(shown("ab\xC3\xA4", {}) == std::vector<std::string>{"a", "b", "", "\xC3\xA4", ""});
}

TEST_CASE("text stream: what may begin a stop string is held back until it does not") {
  using Parts = std::vector<std::string>;
  CHECK(shown("xEndy", {"END", "Ende"}) == Parts{"x", "", "", "", "Endy", ""});
  CHECK(shown("aab", {"aac"}) == Parts{"", "", "aab", ""});
  CHECK(shown("aaab", {"aac"}) == Parts{"", "", "a", "aab", ""});
  CHECK(shown("xa", {"ab"}) == Parts{"x", "", "a"});  // the text ended first
}

TEST_CASE("text stream: ends before the first stop string, of which nothing is shown") {
  bool stopped = false;
  CHECK(shown("one\n\nUser: two", {"\n\nUser:"}, &stopped).size() == 15);
  CHECK(stopped);
  CHECK(joined(shown("one\n\nUser: two", {"\n\nUser:"})) == "one");
  CHECK(joined(shown("abcd", {"bc", "abcd"})) == "a");  // whichever is complete first
  CHECK(joined(shown("x\xE2\x82\xAC" "z", {"\xE2\x82\xAC"})) == "x");
  CHECK(joined(shown("stop", {"stop"})).empty());
  const Tokenizer t = test::bytes_tokenizer();
  CHECK_THROWS_WITH_AS(TextStream(t, {"a", ""}), "text stream: a stop string must not be empty", ValueError);
}

TEST_CASE("text stream: a stop string within one piece, or across pieces, with text behind it") {
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) pieces.emplace_back(1, static_cast<char>(b));
  const Tokenizer t(Bpe(pieces, {}), {{"<a>b", 256}, {"c<", 257}});
  TextStream inside(t, {"a>"});
  CHECK(inside.push(256) == "<");
  CHECK(inside.stopped());
  CHECK(inside.push('z').empty());
  CHECK(inside.finish().empty());
  TextStream across(t, {"<<a"});
  CHECK(across.push(257) == "c");
  CHECK(across.push(256).empty());
  CHECK(across.stopped());
}

}  // namespace text_stream_test
