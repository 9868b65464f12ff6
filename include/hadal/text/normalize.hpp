// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/utf8.hpp>
#include <hadal/text/normalize_table.hpp>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <vector>

namespace hadal {

namespace detail {

/// The tables of normalization form C, read at first use.
class NormalForms {
 public:
  struct Parts {
    std::uint32_t first = 0, second = 0;  // second 0: a single one
  };

  NormalForms() : order_(0x110000), moves_(0x110000) {
    std::uint32_t code = 0;
    std::string_view left = unicode_combining_runs;
    while (!left.empty()) {
      const std::uint32_t length = number(left), order = skip(left, '*') ? number(left) : 0;
      for (std::uint32_t end = code + length; code < end; ++code)
        order_[code] = static_cast<std::uint8_t>(order), moves_[code] = order != 0;
      skip(left, ' ');
    }
    code = 0;
    left = unicode_decompositions;
    while (!left.empty()) {
      code += number(left);
      const bool composed = skip(left, '=');
      if (!composed) skip(left, '>');
      Parts parts{number(left)};
      if (skip(left, '+')) parts.second = number(left);
      skip(left, ' ');
      parts_.emplace(code, parts);
      if (composed) {
        wholes_.emplace(pair(parts.first, parts.second), code);
        moves_[parts.second] = true;
      } else {
        moves_[code] = true;
      }
    }
    for (std::uint32_t jamo = vowel; jamo < tail + tails; ++jamo) moves_[jamo] = true;
  }

  std::uint8_t order(std::uint32_t code) const { return order_[code]; }
  /// Whether form C may change the character or join it to one before.
  bool moves(std::uint32_t code) const { return moves_[code]; }

  void decompose(std::uint32_t code, std::vector<std::uint32_t>& codes) const {
    if (code >= syllable && code < syllable + leads * vowels * tails) {
      const std::uint32_t index = code - syllable;
      codes.push_back(lead + index / (vowels * tails));
      codes.push_back(vowel + index / tails % vowels);
      if (index % tails) codes.push_back(tail + index % tails);
    } else if (const auto found = parts_.find(code); found != parts_.end()) {
      decompose(found->second.first, codes);
      if (found->second.second) decompose(found->second.second, codes);
    } else {
      codes.push_back(code);
    }
  }

  /// The character that two make, or 0.
  std::uint32_t compose(std::uint32_t a, std::uint32_t b) const {
    if (a >= lead && a < lead + leads && b >= vowel && b < vowel + vowels)
      return syllable + ((a - lead) * vowels + (b - vowel)) * tails;
    if (a >= syllable && a < syllable + leads * vowels * tails && (a - syllable) % tails == 0 && b > tail &&
        b < tail + tails)
      return a + (b - tail);
    const auto found = wholes_.find(pair(a, b));
    return found == wholes_.end() ? 0 : found->second;
  }

 private:
  // Hangul syllables are made by arithmetic (Unicode standard, ch. 3.12).
  static constexpr std::uint32_t syllable = 0xAC00, lead = 0x1100, vowel = 0x1161, tail = 0x11A7, leads = 19,
                                 vowels = 21, tails = 28;

  static std::uint32_t number(std::string_view& left) {
    std::uint32_t n = 0;
    const auto [stop, error] = std::from_chars(left.data(), left.data() + left.size(), n, 16);
    static_cast<void>(error);
    left.remove_prefix(static_cast<std::size_t>(stop - left.data()));
    return n;
  }
  static bool skip(std::string_view& left, char c) {
    const bool there = left.starts_with(c);
    left.remove_prefix(there);
    return there;
  }
  static std::uint64_t pair(std::uint32_t a, std::uint32_t b) { return std::uint64_t{a} << 32 | b; }

  std::vector<std::uint8_t> order_;
  std::vector<bool> moves_;
  std::unordered_map<std::uint32_t, Parts> parts_;
  std::unordered_map<std::uint64_t, std::uint32_t> wholes_;
};

inline const NormalForms& normal_forms() {
  static const NormalForms forms;
  return forms;
}

}  // namespace detail

/// Whether the text is in form C because no character of it can change; false leaves it open. Broken bytes never do.
inline bool is_plainly_nfc(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Utf8 c = decode_utf8(text, i);
    if (c.valid && c.code >= 0x300 && detail::normal_forms().moves(c.code)) return false;
    i += c.length;
  }
  return true;
}

/// The text in Unicode's normalization form C: decomposed, marks in canonical order, put together again. Text that is
/// not UTF-8 comes back as it is. Source: Unicode Standard Annex 15; the version is that of normalize_table.hpp.
inline std::string to_nfc(std::string_view text) {
  const detail::NormalForms& forms = detail::normal_forms();
  std::vector<std::uint32_t> codes;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8 c = decode_utf8(text, i);
    if (!c.valid) return std::string(text);
    forms.decompose(c.code, codes);
    i += c.length;
  }
  for (std::size_t i = 0; i < codes.size();) {  // marks between two characters of class 0 are sorted by class
    std::size_t end = i;
    while (end < codes.size() && forms.order(codes[end]) != 0) ++end;
    std::stable_sort(codes.begin() + static_cast<std::ptrdiff_t>(i), codes.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](std::uint32_t a, std::uint32_t b) { return forms.order(a) < forms.order(b); });
    i = end + 1;
  }
  // A character joins the last one of class 0 unless one of its own or a higher class, or of class 0, stands between.
  std::size_t kept = 0, starter = codes.size();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::uint8_t order = forms.order(codes[i]);
    if (starter < kept) {
      const bool blocked = kept > starter + 1 && (forms.order(codes[kept - 1]) >= order || order == 0);
      if (const std::uint32_t whole = blocked ? 0 : forms.compose(codes[starter], codes[i])) {
        codes[starter] = whole;
        continue;
      }
    }
    if (order == 0) starter = kept;
    codes[kept++] = codes[i];
  }
  codes.resize(kept);
  std::string normal;
  for (const std::uint32_t code : codes) append_utf8(normal, code);
  return normal;
}

}  // namespace hadal
