// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/added_pieces.hpp>

#include <doctest/doctest.h>

using namespace hadal;

static std::string split(const std::vector<SpecialPiece>& pieces, std::string_view text, bool normalized = false) {
  std::string s;
  PieceFinder(pieces, normalized)
      .split(text, pieces, [&](std::string_view plain) { s.append("(").append(plain).append(")"); },
             [&](const SpecialPiece& p) { s += std::to_string(p.id); });
  return s;
}

TEST_CASE("added pieces: the longest at the leftmost place") {
  const std::vector<SpecialPiece> pieces = {{"<a>", 1}, {"<a>b", 2}, {"<", 3}, {"<\xEF\xBD\x9C>", 4}, {"b", 5}};
  CHECK(split(pieces, "") == "");
  CHECK(split(pieces, "x") == "(x)");
  CHECK(split(pieces, "x<a><a>bc") == "(x)12(c)");
  CHECK(split(pieces, "<a<\xEF\xBD\x9C>b<\xEF\xBD\x9C") == "3(a)453(\xEF\xBD\x9C)");
  CHECK(split({}, "<a>") == "(<a>)");
}

TEST_CASE("added pieces: with white space, as whole words, before or after normalization") {
  std::vector<SpecialPiece> pieces = {{"[L]", 1}, {"[R]", 2}, {"cat", 3}, {"[N]", 4}};
  pieces[0].lstrip = pieces[1].rstrip = pieces[2].single_word = pieces[3].normalized = true;
  CHECK(split(pieces, "a \xE3\x80\x80[L] b") == "(a)1( b)");
  CHECK(split(pieces, "a [R] \n\xC2\xA0 b") == "(a )2(b)");
  CHECK(split(pieces, "[R]  [L]") == "21");
  CHECK(split(pieces, "  [L]") == "1");
  CHECK(split(pieces, "a cat, cats, _cat \xC3\xA9" "cat cat") == "(a )3(, cats, _cat \xC3\xA9" "cat )3");
  CHECK(split(pieces, "[N][L]") == "([N])1");
  CHECK(split(pieces, "[N][L]", true) == "4([L])");
}
