// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/utf8.hpp>
#include <hadal/text/unicode_table.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace hadal {

/// What a character is: one bit of `letter` .. `other`, and `word` beside it where it can be part of a word (\w).
/// Sets of kinds are written with |.
namespace kind {
inline constexpr std::uint8_t letter = 1, mark = 2, number = 4, punctuation = 8, symbol = 16, space = 32, other = 64,
                              word = 128;
}

namespace detail {

/// Calls f(first, last + 1, kind) for each run of unicode_table.hpp below `end`.
constexpr void for_each_unicode_run(std::uint32_t end, auto&& f) {
  constexpr std::string_view names = "lmnpszc";
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < unicode_runs.size() && code < end;) {
    const char name = unicode_runs[i++];
    const bool capital = name < 'a';
    const auto bit = static_cast<std::uint8_t>(1u << names.find(static_cast<char>(name | 0x20)));
    std::uint32_t length = 0;
    for (; i < unicode_runs.size() && unicode_runs[i] <= '9'; ++i)
      length = 10 * length + static_cast<std::uint32_t>(unicode_runs[i] - '0');
    const std::uint32_t next = code + std::max(length, 1u);
    f(code, std::min(next, end), static_cast<std::uint8_t>(bit | (capital ? kind::word : 0)));
    code = next;
  }
}

inline constexpr auto ascii_kinds = [] {
  std::array<std::uint8_t, 128> kinds{};
  for_each_unicode_run(128, [&](std::uint32_t first, std::uint32_t last, std::uint8_t kind) {
    for (; first < last; ++first) kinds[first] = kind;
  });
  return kinds;
}();

/// The kinds of all code points in two levels: blocks of 256, of which equal ones are kept once.
class UnicodeKinds {
 public:
  UnicodeKinds() {
    std::vector<std::uint8_t> all(0x110000);
    for_each_unicode_run(0x110000, [&](std::uint32_t first, std::uint32_t last, std::uint8_t kind) {
      std::fill(all.begin() + first, all.begin() + last, kind);
    });
    for (std::size_t b = 0; b < block_.size(); ++b) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(b * 256);
      std::size_t same = 0;
      const auto equals = [&] {
        return std::equal(begin, begin + 256, kinds_.begin() + static_cast<std::ptrdiff_t>(same));
      };
      while (same < kinds_.size() && !equals()) same += 256;
      if (same == kinds_.size()) kinds_.insert(kinds_.end(), begin, begin + 256);
      block_[b] = static_cast<std::uint16_t>(same / 256);
    }
  }
  std::uint8_t operator[](std::uint32_t code) const { return kinds_[block_[code >> 8] * 256u + (code & 255)]; }

 private:
  std::array<std::uint16_t, 0x1100> block_;
  std::vector<std::uint8_t> kinds_;
};

inline const UnicodeKinds& unicode_kinds() {
  static const UnicodeKinds kinds;
  return kinds;
}

}  // namespace detail

/// The kind of a code point below U+110000, in the Unicode version of unicode_table.hpp.
inline std::uint8_t unicode_kind(std::uint32_t code) {
  return code < 128 ? detail::ascii_kinds[code] : detail::unicode_kinds()[code];
}

/// A character of a text.
struct Character {
  std::uint32_t code;   ///< 0 for a broken byte
  std::uint8_t kind;    ///< of a broken byte: other
  std::uint8_t length;  ///< in bytes
  bool is(unsigned kinds) const { return kind & kinds; }
};

/// The character at byte i < text.size().
inline Character character_at(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  if (byte < 0x80) return {byte, detail::ascii_kinds[byte], 1};
  const Utf8 c = decode_utf8(text, i);
  return {c.code, c.valid ? detail::unicode_kinds()[c.code] : kind::other, c.length};
}

/// The character that ends at byte end > 0 of UTF-8 text.
inline Character character_before(std::string_view text, std::size_t end) {
  std::size_t begin = end - 1;
  while (begin > 0 && end - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return character_at(text.substr(0, end), begin);
}

/// The text with U+FFFD for every broken character, as Python's decode("utf-8", "replace") makes it.
inline std::string replace_invalid_utf8(std::string_view text) {
  std::string whole;
  whole.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t good = find_invalid_utf8(text.substr(i));
    whole += text.substr(i, good);
    i += good;
    if (i == text.size()) break;
    append_utf8(whole, 0xFFFD);
    i += decode_utf8(text, i).length;
  }
  return whole;
}

}  // namespace hadal
