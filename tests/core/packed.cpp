// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/packed.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("packed: rows are padded to whole blocks, scales follow all rows") {
  unsigned char memory[1];
  const PackedMatrix bytes{memory, PackedFormat::int8, 3, 5, 65};
  CHECK(bytes.blocks() == 2);
  CHECK(bytes.row(1, 2) - memory == (5 + 2) * 128);
  CHECK(bytes.scales(0, 0) - memory == 15 * 128);
  CHECK(bytes.scales(2, 4) + 4 - memory == bytes.bytes());
  const PackedMatrix nibbles{memory, PackedFormat::int4, 3, 5, 64};
  CHECK(nibbles.row(1, 2) - memory == (5 + 2) * 32);
  CHECK(nibbles.scales(2, 4) + 2 - memory == nibbles.bytes());
  CHECK(nibbles.bytes() == 15 * 34);
}
