// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/checksum.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace hadal;

static std::span<const std::byte> bytes(std::string_view s) { return std::as_bytes(std::span(s.data(), s.size())); }

TEST_CASE("checksum: the published check value, parts and single flipped bits") {
  CHECK(checksum(bytes("123456789")) == 0x995DC9BBDF1939FAull);
  CHECK(checksum({}) == 0);
  std::string text = "It is a truth universally acknowledged, that a single man";
  const std::uint64_t whole = checksum(bytes(text));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Checksum c;
    c.add(bytes(text).first(cut));
    c.add(bytes(text).subspan(cut));
    CHECK(c.value() == whole);
  }
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    CHECK(checksum(bytes(text)) != whole);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  }
}
