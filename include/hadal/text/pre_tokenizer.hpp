// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>
#include <hadal/text/split_patterns.hpp>

#include <functional>
#include <utility>
#include <variant>

namespace hadal {

/// The next match in the text from a place on: where it begins and ends, or npos for both. It may be empty.
using RegexSearch = std::function<std::pair<std::size_t, std::size_t>(std::string_view text, std::size_t from)>;

/// Makes a search of a pattern: how other patterns than those of split_patterns.hpp are plugged in (pcre2.hpp).
using RegexCompiler = std::function<RegexSearch(std::string_view pattern)>;

/// Cuts a text into words by steps; each step cuts what the one before has left.
class PreTokenizer {
 public:
  using Matcher = std::variant<OwnWords, Gpt2Words, LlamaWords, DeepSeekWords, LineEndSpace, Digits, RunPattern,
                               RegexSearch>;
  /// Cuts at matches; matches or what lies between them may be dropped.
  struct Split {
    Matcher match;
    bool keep_matches = true, keep_gaps = true;
  };
  /// Puts a blank before a text that does not begin with one.
  struct LeadingBlank {};
  using Step = std::variant<Split, LeadingBlank>;

  /// Words by this library's own pattern.
  PreTokenizer() : steps_{Split{OwnWords{}}} {}
  explicit PreTokenizer(std::vector<Step> steps) : steps_(std::move(steps)) {}

  /// The matcher of a pattern that is known by its text or form, else what `compile` makes of it.
  /// Throws ConfigError naming the pattern when there is neither.
  static Matcher matcher(std::string_view pattern, const RegexCompiler& compile = {}) {
    if (pattern == OwnWords::pattern) return OwnWords{};
    if (pattern == Gpt2Words::pattern) return Gpt2Words{};
    if (pattern == LlamaWords::llama3) return LlamaWords{3};
    if (pattern == LlamaWords::qwen2) return LlamaWords{1};
    if (pattern == LlamaWords::qwen3_5) return LlamaWords{1, kind::letter | kind::mark};
    if (pattern == DeepSeekWords::pattern) return DeepSeekWords{};
    if (pattern == LineEndSpace::pattern) return LineEndSpace{};
    if (std::optional<RunPattern> run = RunPattern::parse(pattern)) return *std::move(run);
    HADAL_CHECK(compile, ConfigError, "pre_tokenizer: the pattern ", pattern,
                " is not built in; load with a compiler of regular expressions such as pcre2.hpp's");
    return compile(pattern);
  }

  /// Calls f(word) for each word of the text, in order; no word is empty. The word lives only during the call.
  template <class F>
  void operator()(std::string_view text, F&& f) const {
    if (!text.empty()) run(0, text, f);
  }

 private:
  template <class F>
  void run(std::size_t step, std::string_view text, F& f) const {
    if (step == steps_.size()) {
      f(text);
    } else if (const Split* split = std::get_if<Split>(&steps_[step])) {
      const auto part = [&](std::size_t begin, std::size_t end, bool keep) {
        if (keep && begin < end) run(step + 1, text.substr(begin, end - begin), f);
      };
      std::visit(
          [&](const auto& match) {
            cut(text, match, [&](std::size_t gap, std::size_t begin, std::size_t end) {
              part(gap, begin, split->keep_gaps);
              part(begin, end, split->keep_matches);
            });
          },
          split->match);
    } else if (text.starts_with(' ')) {
      run(step + 1, text, f);
    } else {
      run(step + 1, " " + std::string(text), f);
    }
  }

  // Calls f(gap, begin, end) for each match, with the end of the one before, and once more at the end of the text.
  template <class Match, class F>
  static void cut(std::string_view text, const Match& match, F&& f) {
    std::size_t gap = 0;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t end = match(text, i);
      if (end > i) {
        f(gap, i, end);
        gap = i = end;
      } else {
        i += character_at(text, i).length;
      }
    }
    f(gap, text.size(), text.size());
  }

  // Here an empty match cuts too, except right behind another match.
  template <class F>
  static void cut(std::string_view text, const RegexSearch& search, F&& f) {
    std::size_t gap = 0;
    for (std::size_t i = 0; i <= text.size();) {
      const auto [begin, end] = search(text, i);
      if (begin == std::string_view::npos) break;
      if (begin == end && (begin == gap || begin == text.size())) {
        i = begin < text.size() ? begin + character_at(text, begin).length : text.size() + 1;
        continue;
      }
      f(gap, begin, end);
      gap = i = end;
    }
    f(gap, text.size(), text.size());
  }

  std::vector<Step> steps_;
};

}  // namespace hadal
