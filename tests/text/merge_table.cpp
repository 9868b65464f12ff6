// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/merge_table.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("merge table: finds every pair and no other; the later of equal ones counts") {
  CHECK(MergeTable().find(0, 0).rank == MergeTable::none);
  std::vector<Merge> merges;
  for (std::int32_t k = 0; k < 2000; ++k) merges.push_back({k * 7 % 501, k / 501, 3000 + k});
  const MergeTable table(merges);
  for (std::size_t k = 0; k < merges.size(); ++k) {
    const MergeTable::Found found = table.find(merges[k].left, merges[k].right);
    CHECK((found.rank == k && found.result == merges[k].result));
  }
  CHECK(table.find(0, 4).rank == MergeTable::none);
  CHECK(table.find(501, 0).rank == MergeTable::none);
  CHECK(table.find(-1, -1).rank == MergeTable::none);
  merges.push_back({merges[3].left, merges[3].right, 9});
  CHECK(MergeTable(merges).find(merges[3].left, merges[3].right).rank == 2000);
  CHECK(pair_key(1, 2) < pair_key(1, 3));
  CHECK(pair_key(1, 3) < pair_key(2, 0));
}
