// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/tokenizer.hpp>

namespace hadal {

/// Turns ids into text one at a time, as they are generated. What it returns is always whole UTF-8: a character that
/// spans several ids comes with the last of them, and bytes that can be no character come as U+FFFD. For ids of valid
/// UTF-8 the parts join to decode(ids). Keeps a pointer to the tokenizer.
class Detokenizer {
 public:
  explicit Detokenizer(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  /// The text that this id completes, possibly none. Throws IndexError for an id outside the vocabulary.
  std::string push(std::int32_t id) {
    pending_ += tokenizer_->piece(id);
    return take(false);
  }

  /// The rest: U+FFFD when the ids ended inside a character. Ready for a new text afterwards.
  std::string finish() { return take(true); }

 private:
  std::string take(bool all) {
    std::string text;
    std::size_t i = 0;
    while (i < pending_.size()) {
      const Utf8 c = decode_utf8(pending_, i);
      if (c.cut && !all) break;
      if (c.valid)
        text.append(pending_, i, c.length);
      else
        append_utf8(text, 0xFFFD);
      i += c.length;
    }
    pending_.erase(0, i);
    return text;
  }

  const Tokenizer* tokenizer_;
  std::string pending_;
};

}  // namespace hadal
