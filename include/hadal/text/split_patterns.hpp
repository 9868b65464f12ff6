// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/pretokenize.hpp>
#include <hadal/text/unicode.hpp>

#include <optional>
#include <string>

namespace hadal {

// The regular expressions by which published tokenizers split text, each written out in code. A matcher m takes a text
// and a place in it: m(text, i) is the end of the match that starts at i, or i when there is none.

namespace detail {

/// The end of the run of characters of these kinds that starts at i, at most `most` characters long.
inline std::size_t end_of_kinds(std::string_view text, std::size_t i, unsigned kinds, std::size_t most = SIZE_MAX) {
  while (i < text.size() && most-- > 0) {
    const Character c = character_at(text, i);
    if (!c.is(kinds)) break;
    i += c.length;
  }
  return i;
}

inline bool newline_at(std::string_view text, std::size_t i) {
  return i < text.size() && (text[i] == '\n' || text[i] == '\r');
}

/// [\r\n]*
inline std::size_t end_of_newlines(std::string_view text, std::size_t i) {
  while (newline_at(text, i)) ++i;
  return i;
}

/// \s*[\r\n]+ (where wanted) | \s+(?!\S) | \s+
inline std::size_t match_space(std::string_view text, std::size_t i, bool newlines_apart) {
  std::size_t end = i, last = i, behind_newline = i;
  while (end < text.size()) {
    const Character c = character_at(text, end);
    if (!c.is(kind::space)) break;
    last = end;
    end += c.length;
    if (c.code == '\n' || c.code == '\r') behind_newline = end;
  }
  if (newlines_apart && behind_newline > i) return behind_newline;
  return end == text.size() || last == i ? end : last;  // the last blank belongs to what follows
}

/// 's|'t|'re|'ve|'m|'ll|'d; in any case, the long s (U+017F) is an s too.
inline std::size_t match_contraction(std::string_view text, std::size_t i, bool any_case) {
  if (text[i] != '\'') return i;
  for (std::string_view tail : {"s", "t", "re", "ve", "m", "ll", "d"}) {
    std::size_t k = 0;
    while (k < tail.size() && i + 1 + k < text.size() &&
           (text[i + 1 + k] == tail[k] || (any_case && text[i + 1 + k] == tail[k] - 0x20)))
      ++k;
    if (k == tail.size()) return i + 1 + k;
  }
  return any_case && text.substr(i + 1, 2) == "\xC5\xBF" ? i + 3 : i;
}

}  // namespace detail

/// GPT-2's pattern.
struct Gpt2Words {
  static constexpr std::string_view pattern =
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

  std::size_t operator()(std::string_view text, std::size_t i) const {
    if (const std::size_t end = detail::match_contraction(text, i, false); end > i) return end;
    const std::size_t start = text[i] == ' ' ? i + 1 : i;
    if (start < text.size()) {
      const Character c = character_at(text, start);
      for (unsigned kinds : {unsigned{kind::letter}, unsigned{kind::number}})
        if (c.is(kinds)) return detail::end_of_kinds(text, start, kinds);
      if (!c.is(kind::space))
        return detail::end_of_kinds(text, start, kind::mark | kind::punctuation | kind::symbol | kind::other);
    }
    return detail::match_space(text, i, false);
  }
};

/// The pattern of Llama 3 (numbers of up to three digits), of Qwen2 (single digits), and of its successor, where marks
/// count as letters.
struct LlamaWords {
  static constexpr std::string_view llama3 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+)"
      R"(|\s+(?!\S)|\s+)";
  static constexpr std::string_view qwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+)"
      R"(|\s+(?!\S)|\s+)";
  static constexpr std::string_view qwen3_5 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*)"
      R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

  std::size_t digits;
  unsigned letters = kind::letter;

  std::size_t operator()(std::string_view text, std::size_t i) const {
    if (const std::size_t end = detail::match_contraction(text, i, true); end > i) return end;
    const Character c = character_at(text, i);
    if (c.is(letters)) return detail::end_of_kinds(text, i, letters);
    if (c.is(kind::number)) return detail::end_of_kinds(text, i, kind::number, digits);
    const std::size_t next = i + c.length;
    if (!detail::newline_at(text, i) && next < text.size() && character_at(text, next).is(letters))
      return detail::end_of_kinds(text, next, letters);
    const unsigned signs = (kind::mark | kind::punctuation | kind::symbol | kind::other) & ~letters;
    const std::size_t start = text[i] == ' ' ? next : i;
    if (const std::size_t end = detail::end_of_kinds(text, start, signs); end > start)
      return detail::end_of_newlines(text, end);
    return detail::match_space(text, i, true);
  }
};

/// The last of the three patterns of DeepSeek-V3; the first two are runs.
struct DeepSeekWords {
  static constexpr std::string_view pattern =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
      "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+";

  std::size_t operator()(std::string_view text, std::size_t i) const {
    constexpr unsigned letters = kind::letter | kind::mark, signs = kind::punctuation | kind::symbol;
    const Character c = character_at(text, i);
    const std::size_t next = i + c.length;
    if (c.is(letters)) return detail::end_of_kinds(text, next, letters);
    if (next < text.size() && c.is(signs) && c.code < 0x80) {
      std::size_t end = next;
      while (end < text.size() && (text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'z') ++end;
      if (end > next) return end;
    }
    if (next < text.size() && !c.is(signs) && !detail::newline_at(text, i) && character_at(text, next).is(letters))
      return detail::end_of_kinds(text, next, letters);
    const std::size_t start = text[i] == ' ' ? next : i;
    if (const std::size_t end = detail::end_of_kinds(text, start, signs); end > start)
      return detail::end_of_newlines(text, end);
    return detail::match_space(text, i, true);
  }
};

/// \s+$, where $ is the end of a line, as in the dialect of published patterns.
struct LineEndSpace {
  static constexpr std::string_view pattern = R"(\s+$)";

  std::size_t operator()(std::string_view text, std::size_t i) const {
    // The match at the start of a run takes all that can match in it: trying each place would take quadratic time.
    if (i > 0 && character_before(text, i).is(kind::space)) return i;
    const std::size_t end = detail::end_of_kinds(text, i, kind::space);
    if (end == text.size()) return end;
    const std::size_t newline = text.substr(i, end - i).rfind('\n');
    return newline == std::string_view::npos ? i : i + newline;
  }
};

/// This library's own pattern (pretokenize.hpp).
struct OwnWords {
  static constexpr std::string_view pattern = word_pattern;

  std::size_t operator()(std::string_view text, std::size_t i) const { return next_word(text, i); }
};

/// Characters that count as digits where tokenizer.json says "Digits": numbers of a newer Unicode than the patterns'.
struct Digits {
  std::size_t most;

  std::size_t operator()(std::string_view text, std::size_t i) const {
    for (std::size_t k = 0; k < most && i < text.size(); ++k) {
      const Character c = character_at(text, i);
      const bool newer = (c.code >= 0x11DE0 && c.code < 0x11DEA) || (c.code >= 0x16FF4 && c.code < 0x16FF7);
      if (!c.is(kind::number) && !newer) break;
      i += c.length;
    }
    return i;
  }
};

/// Runs of the characters of a set: patterns such as [\r\n], \s?\p{L}+, \p{N}{1,3}, or \s? and a list of ranges.
class RunPattern {
 public:
  /// Nothing when the pattern is not of the form  \s? SET  or  \s? SET + or {1,n}  with an optional \s?, where SET is
  /// \p{L}, \p{M}, \p{N}, \p{P} or \p{S}, or [...] of plain characters and ranges.
  static std::optional<RunPattern> parse(std::string_view pattern) {
    RunPattern run;
    const auto skip = [&](std::string_view what) {
      const bool there = pattern.starts_with(what);
      if (there) pattern.remove_prefix(what.size());
      return there;
    };
    run.space_before_ = skip(R"(\s?)");
    if (skip(R"(\p{)")) {
      const std::size_t k = pattern.empty() ? std::string_view::npos : std::string_view("LMNPS").find(pattern[0]);
      if (k == std::string_view::npos) return {};
      run.kinds_ = 1u << k;
      pattern.remove_prefix(1);
      if (!skip("}")) return {};
    } else if (!skip("[") || !run.read_set(pattern)) {
      return {};
    }
    if (skip("+")) {
      run.most_ = SIZE_MAX;
    } else if (skip("{1,")) {
      if (pattern.size() < 2 || pattern[0] < '1' || pattern[0] > '9') return {};
      run.most_ = static_cast<std::size_t>(pattern[0] - '0');
      pattern.remove_prefix(1);
      if (!skip("}")) return {};
    }
    if (!pattern.empty()) return {};
    return run;
  }

  std::size_t operator()(std::string_view text, std::size_t i) const {
    const Character c = character_at(text, i);
    if (space_before_ && c.is(kind::space))
      if (const std::size_t start = i + c.length, end = end_of_run(text, start); end > start) return end;
    return end_of_run(text, i);
  }

 private:
  // Reads up to and with the closing bracket; false at anything with a meaning of its own in a set.
  bool read_set(std::string_view& pattern) {
    const auto next = [&](std::uint32_t& code) {
      if (pattern.empty() || std::string_view("[]\\^&").find(pattern[0]) != std::string_view::npos) return false;
      const Utf8 c = decode_utf8(pattern, 0);
      pattern.remove_prefix(c.length);
      code = c.code;
      return c.valid;
    };
    if (pattern.starts_with("]")) return false;
    while (!pattern.starts_with("]")) {
      std::uint32_t first = 0, last = 0;
      if (pattern.starts_with("-") || !next(first)) return false;
      last = first;
      if (pattern.starts_with("-")) {
        pattern.remove_prefix(1);
        if (!next(last) || last < first) return false;
      }
      if (last >= 64 * set_.size()) set_.resize(last / 64 + 1);
      for (std::uint32_t word = first / 64; word <= last / 64; ++word) {
        const std::uint32_t low = word == first / 64 ? first % 64 : 0, high = word == last / 64 ? last % 64 : 63;
        set_[word] |= ~std::uint64_t{0} << low & ~std::uint64_t{0} >> (63 - high);
      }
    }
    pattern.remove_prefix(1);
    return true;
  }

  bool has(Character c) const {
    return c.is(kinds_) || (c.code / 64 < set_.size() && (set_[c.code / 64] >> (c.code % 64) & 1));
  }
  std::size_t end_of_run(std::string_view text, std::size_t i) const {
    for (std::size_t k = 0; k < most_ && i < text.size(); ++k) {
      const Character c = character_at(text, i);
      if (!has(c)) break;
      i += c.length;
    }
    return i;
  }

  bool space_before_ = false;
  unsigned kinds_ = 0;
  std::vector<std::uint64_t> set_;  // a bit for each code point up to the last one
  std::size_t most_ = 1;
};

}  // namespace hadal
