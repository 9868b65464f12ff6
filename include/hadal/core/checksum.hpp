// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hadal {

/// CRC-64 as xz uses it (ECMA-182, reflected): finds damage, not malice. Fed in parts: `add` continues.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    std::uint64_t crc = ~value_;
    std::size_t i = 0;
    // Eight bytes a step through eight tables; table k holds the effect of a byte k places further on.
    for (; i + 8 <= bytes.size(); i += 8) {
      std::uint64_t next = 0;
      for (std::size_t k = 0; k < 8; ++k)
        next ^= table[7 - k][((crc >> (8 * k)) ^ std::to_integer<std::uint64_t>(bytes[i + k])) & 0xFF];
      crc = next;
    }
    for (; i < bytes.size(); ++i) crc = table[0][(crc ^ std::to_integer<std::uint64_t>(bytes[i])) & 0xFF] ^ crc >> 8;
    value_ = ~crc;
  }
  std::uint64_t value() const { return value_; }

 private:
  static constexpr auto table = [] {
    std::array<std::array<std::uint64_t, 256>, 8> t{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
      std::uint64_t crc = byte;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xC96C5795D7870F42ull : 0);
      t[0][byte] = crc;
    }
    for (std::size_t k = 1; k < 8; ++k)
      for (std::size_t byte = 0; byte < 256; ++byte) t[k][byte] = t[k - 1][byte] >> 8 ^ t[0][t[k - 1][byte] & 0xFF];
    return t;
  }();
  std::uint64_t value_ = 0;
};

/// The checksum of one run of bytes.
inline std::uint64_t checksum(std::span<const std::byte> bytes) {
  Checksum c;
  c.add(bytes);
  return c.value();
}

}  // namespace hadal
