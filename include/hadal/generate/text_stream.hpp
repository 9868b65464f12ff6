// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/detokenizer.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hadal {

/// Turns ids into text as they come, up to the first stop string. Text is held back while it may be the beginning of
/// one, so that no part of a stop string is ever given out; characters come whole.
class TextStream {
 public:
  /// Throws ValueError for an empty stop string.
  TextStream(const Tokenizer& tokenizer, std::vector<std::string> stop_strings)
      : words_(tokenizer), stops_(std::move(stop_strings)) {
    for (const std::string& s : stops_)
      HADAL_CHECK(!s.empty(), ValueError, "text stream: a stop string must not be empty");
  }

  /// The text that may be shown now that this id came.
  std::string push(std::int32_t id) { return stopped_ ? std::string() : take(words_.push(id), false); }
  /// The rest, when no id follows.
  std::string finish() { return stopped_ ? std::string() : take(words_.finish(), true); }
  /// True from the id on that completed a stop string.
  bool stopped() const { return stopped_; }

 private:
  std::string take(const std::string& text, bool all) {
    held_ += text;
    std::size_t end = std::string::npos;
    for (const std::string& s : stops_) end = std::min(end, held_.find(s));
    stopped_ = end != std::string::npos;
    if (!stopped_) end = all ? held_.size() : held_.size() - longest_beginning();
    std::string shown = held_.substr(0, end);
    held_.erase(0, stopped_ ? held_.size() : end);
    return shown;
  }

  /// Bytes at the end of what is held that begin a stop string.
  std::size_t longest_beginning() const {
    std::size_t longest = 0;
    for (const std::string& s : stops_)
      for (std::size_t n = std::min(s.size() - 1, held_.size()); n > longest; --n)
        if (held_.ends_with(std::string_view(s).substr(0, n))) longest = n;
    return longest;
  }

  Detokenizer words_;
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace hadal
