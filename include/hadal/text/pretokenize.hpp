// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/utf8.hpp>

#include <algorithm>

namespace hadal {

/// The word split as a regular expression, in the syntax of published tokenizer.json files. `next_word` is this
/// pattern written out; L below stands for letters, N for digits, P for all else but white space.
///   '(s|t|re|ve|m|ll|d)(?!L) |  ?L+ |  ?N{1,3} |  ?P+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s
/// Letters are a-z, A-Z and every character from U+00C0 on outside the blocks of punctuation and symbols; so prose in
/// any alphabet splits well without Unicode tables. White space is ASCII's.
#define HADAL_LETTERS \
  R"(a-zA-Z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1FFF}\x{2C00}-\x{2FFF}\x{3040}-\x{FEFF}\x{FF10}-\x{10FFFF})"
#define HADAL_BLANKS R"( \t\n\x0B\f\r)"
inline constexpr std::string_view word_pattern =
    "'(?:s|t|re|ve|m|ll|d)(?![" HADAL_LETTERS "])| ?[" HADAL_LETTERS "]+| ?[0-9]{1,3}"
    "| ?[^0-9" HADAL_BLANKS HADAL_LETTERS R"(]+[\r\n]*)"
    "|[" HADAL_BLANKS R"(]*[\r\n]+|[)" HADAL_BLANKS "]+(?![^" HADAL_BLANKS "])|[" HADAL_BLANKS "]";
#undef HADAL_BLANKS
#undef HADAL_LETTERS

namespace detail {

enum class CharClass { end, space, letter, digit, other };

struct Char {
  CharClass kind;
  std::size_t length;
};

/// The class and length of the character at byte i. A broken byte counts as other, like punctuation.
inline Char classify(std::string_view text, std::size_t i) {
  if (i >= text.size()) return {CharClass::end, 0};
  const auto byte = static_cast<unsigned char>(text[i]);
  if (byte < 0x80) {
    const unsigned char lower = byte | 0x20;
    if (lower >= 'a' && lower <= 'z') return {CharClass::letter, 1};
    if (byte >= '0' && byte <= '9') return {CharClass::digit, 1};
    return {byte == ' ' || (byte >= '\t' && byte <= '\r') ? CharClass::space : CharClass::other, 1};
  }
  const Utf8 c = decode_utf8(text, i);
  const std::uint32_t u = c.code;
  const bool symbol = u < 0xC0 || u == 0xD7 || u == 0xF7 || (u >= 0x2000 && u < 0x2C00) ||
                      (u >= 0x3000 && u < 0x3040) || (u >= 0xFF00 && u < 0xFF10);
  return {c.valid && !symbol ? CharClass::letter : CharClass::other, c.length};
}

/// The end of the run of this class that starts at i, at most `most` characters long.
inline std::size_t run_end(std::string_view text, std::size_t i, CharClass kind, std::size_t most = SIZE_MAX) {
  for (Char c = classify(text, i); c.kind == kind && most > 0; c = classify(text, i), --most) i += c.length;
  return i;
}

}  // namespace detail

/// The end of the word that starts at byte i < text.size(). Words tile the text whatever its bytes are.
inline std::size_t next_word(std::string_view text, std::size_t i) {
  using detail::CharClass;
  using detail::classify;
  using detail::run_end;
  const auto newline = [&](std::size_t k) { return k < text.size() && (text[k] == '\n' || text[k] == '\r'); };

  if (text[i] == '\'')
    for (std::string_view tail : {"s", "t", "re", "ve", "m", "ll", "d"})
      if (text.substr(i + 1, tail.size()) == tail && classify(text, i + 1 + tail.size()).kind != CharClass::letter)
        return i + 1 + tail.size();

  const std::size_t start = text[i] == ' ' ? i + 1 : i;
  switch (classify(text, start).kind) {
    case CharClass::letter: return run_end(text, start, CharClass::letter);
    case CharClass::digit: return run_end(text, start, CharClass::digit, 3);
    case CharClass::other: {
      std::size_t end = run_end(text, start, CharClass::other);
      while (newline(end)) ++end;
      return end;
    }
    default: break;
  }

  const std::size_t end = run_end(text, i, CharClass::space);
  std::size_t last = end;  // behind the last newline of the run, or where the run starts
  while (last > i && !newline(last - 1)) --last;
  if (last > i) return last;
  return end == text.size() || end == i + 1 ? end : end - 1;  // the last blank belongs to the next word
}

/// Calls f(word) for each word of the text, in order.
template <class F>
void for_each_word(std::string_view text, F&& f) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = next_word(text, i);
    f(text.substr(i, end - i));
    i = end;
  }
}

}  // namespace hadal
