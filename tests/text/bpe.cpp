// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/bpe.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace hadal;

namespace {

// Ids 0 .. 255 are the bytes themselves.
std::vector<std::string> byte_pieces() {
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) pieces.emplace_back(1, static_cast<char>(b));
  return pieces;
}

Bpe make(std::vector<std::string> more, std::vector<Merge> merges) {
  std::vector<std::string> pieces = byte_pieces();
  pieces.insert(pieces.end(), more.begin(), more.end());
  return Bpe(pieces, merges);
}

std::vector<std::int32_t> encode(const Bpe& bpe, std::string_view word) {
  std::vector<std::int32_t> ids;
  bpe.encode(word, ids);
  return ids;
}

// The definition, word for word.
std::vector<std::int32_t> encode_reference(const Bpe& bpe, std::string_view word) {
  std::vector<std::int32_t> ids;
  for (char c : word) ids.push_back(static_cast<unsigned char>(c));
  while (true) {
    std::size_t best = bpe.merges().size(), at = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i)
      for (std::size_t m = 0; m < best; ++m)
        if (bpe.merges()[m].left == ids[i] && bpe.merges()[m].right == ids[i + 1]) best = m, at = i;
    if (best == bpe.merges().size()) return ids;
    ids[at] = bpe.merges()[best].result;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

}  // namespace

TEST_CASE("bpe: the earliest merge first, leftmost first") {
  const Bpe bpe = make({"aa", "ab", "aab"}, {{'a', 'a', 256}, {'a', 'b', 257}, {'a', 257, 258}});
  CHECK(encode(bpe, "") == std::vector<std::int32_t>{});
  CHECK(encode(bpe, "x") == std::vector<std::int32_t>{'x'});
  CHECK(encode(bpe, "aab") == std::vector<std::int32_t>{256, 'b'});
  CHECK(encode(bpe, "aaab") == std::vector<std::int32_t>{256, 257});
  CHECK(encode(bpe, "aaaaa") == std::vector<std::int32_t>{256, 256, 'a'});
}

TEST_CASE("bpe: agrees with its definition on random merges and words") {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> pieces = byte_pieces();
    std::vector<std::int32_t> alphabet = {'a', 'b', 'c'};
    std::vector<Merge> merges;
    for (int m = 0; m < 12; ++m) {
      const Merge merge{alphabet[random() % alphabet.size()], alphabet[random() % alphabet.size()],
                        static_cast<std::int32_t>(pieces.size())};
      const std::string joined =
          pieces[static_cast<std::size_t>(merge.left)] + pieces[static_cast<std::size_t>(merge.right)];
      if (std::find(pieces.begin(), pieces.end(), joined) != pieces.end()) continue;
      pieces.push_back(joined);
      alphabet.push_back(merge.result);
      merges.push_back(merge);
    }
    const Bpe bpe(pieces, merges);
    for (int k = 0; k < 60; ++k) {
      std::string word;
      for (auto n = random() % 30; n > 0; --n) word += static_cast<char>('a' + random() % 3);
      if (encode(bpe, word) != encode_reference(bpe, word)) FAIL("differs on ", word);
    }
  }
}

TEST_CASE("bpe: long words go the same way as short ones") {
  std::mt19937 random(7);
  const Bpe bpe =
      make({"ab", "abab", "ba", "aab"}, {{'a', 'b', 256}, {256, 256, 257}, {'b', 'a', 258}, {'a', 256, 259}});
  for (std::size_t n : {255u, 256u, 257u, 400u}) {
    std::string word;
    while (word.size() < n) word += static_cast<char>('a' + random() % 2);
    CHECK(encode(bpe, word) == encode_reference(bpe, word));
  }
}

TEST_CASE("bpe: pieces that merging never makes are used only when whole pieces count") {
  const std::vector<Merge> merges = {{'b', 'c', 256}};
  CHECK(encode(make({"bc", "abc"}, merges), "abc") == std::vector<std::int32_t>{'a', 256});
  std::vector<std::string> pieces = byte_pieces();
  pieces.insert(pieces.end(), {"bc", "abc"});
  const Bpe whole(pieces, merges, true);
  CHECK(encode(whole, "abc") == std::vector<std::int32_t>{257});
  CHECK(encode(whole, "abcd") == std::vector<std::int32_t>{'a', 256, 'd'});
}

TEST_CASE("bpe: of equal merges the last counts; bytes that UTF-8 lacks may be missing") {
  const Bpe bpe = make({"ab", "bc"}, {{'a', 'b', 256}, {'b', 'c', 257}, {'a', 'b', 256}});
  CHECK(encode(bpe, "abc") == std::vector<std::int32_t>{'a', 257});
  std::vector<std::string> pieces = byte_pieces();
  for (int b : {0xC0, 0xC1, 0xF5, 0xFF}) pieces[static_cast<std::size_t>(b)] = "";
  CHECK(encode(Bpe(pieces, {}), "a\xFF" "b\xC0") == std::vector<std::int32_t>{'a', 'b'});
}

TEST_CASE("bpe: vocabularies that do not hold together are refused") {
  std::vector<std::string> pieces = byte_pieces();
  pieces['q'] = "";
  CHECK_THROWS_WITH_AS(Bpe(pieces, {}), "bpe: byte 113 has no piece", ValueError);
  const char* wrong = "bpe: merge 0 (97, 98 -> 256) does not join its pieces";
  CHECK_THROWS_WITH_AS(make({"ac"}, {{'a', 'b', 256}}), wrong, ValueError);
  CHECK_THROWS_WITH_AS(make({}, {{'a', 'b', 256}}), wrong, ValueError);
  CHECK_THROWS_AS(make({"ab"}, {{-1, 'b', 256}}), ValueError);
}
