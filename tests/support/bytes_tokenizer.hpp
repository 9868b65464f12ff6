// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/tokenizer.hpp>

namespace hadal::test {

/// Id b is byte b, and 256 a special piece.
inline Tokenizer bytes_tokenizer() {
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) pieces.emplace_back(1, static_cast<char>(b));
  return Tokenizer(Bpe(pieces, {}), {{"<|end|>", 256}});
}

}  // namespace hadal::test
