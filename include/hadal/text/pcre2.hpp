// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/pre_tokenizer.hpp>

#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>

#include <memory>

namespace hadal {

/// A search of any pattern by the PCRE2 library (link pcre2-8), for `Tokenizer::load(path, pcre2_search)`. Not part of
/// hadal.hpp. As in published patterns, classes are Unicode's and ^ and $ stand at lines; the version of Unicode is
/// that of the installed PCRE2, so that characters younger than it may be split in another way than the published
/// tokenizer does. Throws ConfigError for a pattern that does not compile; searching throws ValueError when PCRE2 gives
/// up.
inline RegexSearch pcre2_search(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::shared_ptr<pcre2_code> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &error, &offset, nullptr),
      pcre2_code_free);
  if (!code) {
    std::array<PCRE2_UCHAR, 200> why{};
    pcre2_get_error_message(error, why.data(), why.size());
    fail<ConfigError>("pcre2: the pattern ", pattern, " is wrong at ", offset, ": ",
                      reinterpret_cast<const char*>(why.data()));
  }
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);  // slower without, not wrong
  return [code](std::string_view text, std::size_t from) -> std::pair<std::size_t, std::size_t> {
    const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> match(
        pcre2_match_data_create_from_pattern(code.get(), nullptr), pcre2_match_data_free);
    const int found = pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, 0,
                                  match.get(), nullptr);
    if (found == PCRE2_ERROR_NOMATCH) return {std::string_view::npos, std::string_view::npos};
    HADAL_CHECK(found > 0, ValueError, "pcre2: searching failed with error ", found);
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match.get());
    return {ends[0], ends[1]};
  };
}

}  // namespace hadal
