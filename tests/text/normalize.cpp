// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/normalize.hpp>

#include <doctest/doctest.h>

using namespace hadal;

static std::string text(std::initializer_list<std::uint32_t> codes) {
  std::string s;
  for (std::uint32_t c : codes) append_utf8(s, c);
  return s;
}

TEST_CASE("normalize: form C") {
  const auto nfc = [](std::initializer_list<std::uint32_t> from) { return to_nfc(text(from)); };
  CHECK(to_nfc("") == "");
  CHECK(to_nfc("plain") == "plain");
  CHECK(nfc({'e', 0x301}) == text({0xE9}));
  CHECK(nfc({0xE9}) == text({0xE9}));
  CHECK(nfc({0x212B}) == text({0xC5}));                               // the sign of Angstrom is a letter
  CHECK(nfc({0x1E9B, 0x323}) == text({0x1E9B, 0x323}));
  CHECK(nfc({'a', 0x323, 0x302}) == text({0x1EAD}));                  // two marks join, one after the other
  CHECK(nfc({'a', 0x302, 0x323}) == text({0x1EAD}));                  // in any order
  CHECK(nfc({'e', 0x300, 0x301}) == text({0xE8, 0x301}));             // one of the same class is blocked
  CHECK(nfc({0x1100, 0x1161, 0x11A8}) == text({0xAC01}));             // Hangul
  CHECK(nfc({0xAC00, 0x11A8}) == text({0xAC01}));
  CHECK(nfc({0xAC01, 0x11A8}) == text({0xAC01, 0x11A8}));
  CHECK(nfc({0xAC00, 0x11A7}) == text({0xAC00, 0x11A7}));             // no trailing consonant
  CHECK(nfc({0x9DF}) == text({0x9AF, 0x9BC}));                        // excluded from composition
  CHECK(nfc({0xF900}) == text({0x8C48}));
  CHECK(nfc({0x301, 'x'}) == text({0x301, 'x'}));
  CHECK(nfc({0x9C7, 0x9D7}) == text({0x9CC}));                        // both of class 0, adjacent
  CHECK(nfc({0x9C7, 0x301, 0x9D7}) == text({0x9C7, 0x301, 0x9D7}));   // not adjacent
  CHECK(to_nfc("e\xFF\xCC\x81") == "e\xFF\xCC\x81");                  // not UTF-8: untouched
}

TEST_CASE("normalize: text that needs no work is seen at once") {
  for (const char* plain : {"", "plain", "\xC3\xA9t\xC3\xA9", "\xE4\xB8\xAD\xE6\x96\x87", "\xED\x95\x9C\xEA\xB8\x80"})
    CHECK(is_plainly_nfc(plain));
  CHECK_FALSE(is_plainly_nfc("e\xCC\x81"));
  CHECK_FALSE(is_plainly_nfc(text({0x9DF})));
  CHECK_FALSE(is_plainly_nfc(text({0x1100, 0x1161})));
}
