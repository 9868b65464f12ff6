// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/piece_table.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("piece table: words of all lengths, by all their bytes") {
  CHECK(PieceTable().find({}, "a") == -1);
  std::vector<std::string> pieces;
  for (std::size_t n = 1; n < 40; ++n)
    for (std::size_t at = 0; at < n; ++at) {
      pieces.emplace_back(n, 'a');
      pieces.back()[at] = 'b';
    }
  PieceTable table(pieces.size());
  for (std::size_t id = 0; id < pieces.size(); ++id) table.insert(pieces, static_cast<std::int32_t>(id));
  for (std::size_t id = 0; id < pieces.size(); ++id)
    CHECK(table.find(pieces, pieces[id]) == static_cast<std::int32_t>(id));
  for (std::size_t n = 0; n < 42; ++n) CHECK(table.find(pieces, std::string(n, 'a')) == -1);
}
