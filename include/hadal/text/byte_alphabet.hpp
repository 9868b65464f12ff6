// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>
#include <hadal/core/utf8.hpp>

#include <array>

namespace hadal {

/// The alphabet in which tokenizer.json files spell bytes (GPT-2, 2019): one printable character a byte. The visible
/// bytes of Latin-1 stand for themselves; the other 68, in order, are U+0100, U+0101, ...
struct ByteAlphabet {
  std::array<std::uint16_t, 256> code{};      ///< byte -> code point
  std::array<std::int16_t, 0x144> byte{};     ///< code point -> byte, -1 for characters outside the alphabet
  std::array<std::uint8_t, 256> in_order{};   ///< the bytes in the order of their characters, as vocabularies begin

  constexpr ByteAlphabet() {
    const auto visible = [](unsigned b) { return (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD); };
    for (auto& b : byte) b = -1;
    unsigned hidden = 0x100;
    for (unsigned b = 0; b < 256; ++b) code[b] = static_cast<std::uint16_t>(visible(b) ? b : hidden++);
    for (unsigned b = 0; b < 256; ++b) byte[code[b]] = static_cast<std::int16_t>(b);
    unsigned k = 0;
    for (const auto b : byte)
      if (b >= 0) in_order[k++] = static_cast<std::uint8_t>(b);
  }
};
inline constexpr ByteAlphabet byte_alphabet{};

/// Bytes -> their spelling.
inline std::string spell_bytes(std::string_view bytes) {
  std::string s;
  for (char c : bytes) append_utf8(s, byte_alphabet.code[static_cast<unsigned char>(c)]);
  return s;
}

/// A spelling -> its bytes. Throws ValueError for a character outside the alphabet.
inline std::string unspell_bytes(std::string_view spelling) {
  std::string s;
  for (std::size_t i = 0; i < spelling.size();) {
    const Utf8 c = decode_utf8(spelling, i);
    HADAL_CHECK(c.valid && c.code < byte_alphabet.byte.size() && byte_alphabet.byte[c.code] >= 0, ValueError,
                "byte alphabet: \"", spelling, "\" has a character that stands for no byte at ", i);
    s.push_back(static_cast<char>(byte_alphabet.byte[c.code]));
    i += c.length;
  }
  return s;
}

}  // namespace hadal
