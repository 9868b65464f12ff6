// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hadal {

/// What `decode_utf8` finds at a position.
struct Utf8 {
  std::uint32_t code = 0;  ///< the code point, when valid
  std::uint8_t length = 1; ///< bytes it takes; for broken bytes, those that cannot be part of any character
  bool valid = false;      ///< a whole, shortest-form character below U+110000, no surrogate
  bool cut = false;        ///< the text ends inside a character that has been right so far
};

/// Reads the character that starts at byte i of the text (i < text.size()).
/// Broken bytes are taken one maximal wrong prefix at a time, as the Unicode standard (ch. 3.9) recommends.
inline Utf8 decode_utf8(std::string_view text, std::size_t i) {
  const auto lead = static_cast<unsigned char>(text[i]);
  if (lead < 0x80) return {lead, 1, true, false};
  if (lead < 0xC2 || lead > 0xF4) return {};
  const int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // Only the second byte has narrower bounds: they keep out long forms, surrogates and codes above U+10FFFF.
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  std::uint32_t code = lead & (0x7Fu >> length);
  for (int k = 1; k < length; ++k) {
    if (i + static_cast<std::size_t>(k) >= text.size()) return {0, static_cast<std::uint8_t>(k), false, true};
    const auto byte = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
    if (byte < low || byte > high) return {0, static_cast<std::uint8_t>(k), false, false};
    code = code << 6 | (byte & 0x3Fu);
    low = 0x80, high = 0xBF;
  }
  return {code, static_cast<std::uint8_t>(length), true, false};
}

/// The byte offset of the first broken character, or text.size() when there is none.
inline std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Utf8 c = decode_utf8(text, i);
    if (!c.valid) return i;
    i += c.length;
  }
  return text.size();
}

/// Appends the UTF-8 form of a code point (below U+110000, no surrogate: the caller's promise).
inline void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F)), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
  }
}

}  // namespace hadal
