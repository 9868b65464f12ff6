// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/data/packing.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("packing: documents, windows over them, positions") {
  const std::vector<std::int32_t> tokens = {1, 2, 9, 3, 9, 9, 4, 5};
  const std::vector<std::int64_t> offsets = document_offsets(tokens, 9);
  CHECK(offsets == std::vector<std::int64_t>{0, 3, 5, 6, 8});
  CHECK(document_offsets(std::vector<std::int32_t>{1, 9}, 9) == std::vector<std::int64_t>{0, 2});
  CHECK(document_offsets({}, 9) == std::vector<std::int64_t>{0});
  using Bounds = std::vector<std::int32_t>;
  CHECK(cu_seqlens(offsets, 0, 8) == Bounds{0, 3, 5, 6, 8});
  CHECK(cu_seqlens(offsets, 1, 5) == Bounds{0, 2, 4, 5});
  CHECK(cu_seqlens(offsets, 3, 2) == Bounds{0, 2});
  CHECK(cu_seqlens(offsets, 6, 1) == Bounds{0, 1});
  CHECK(packed_positions(Bounds{0, 3, 5, 6, 8}) == Bounds{0, 1, 2, 0, 1, 0, 0, 1});
}

TEST_CASE("packing: errors") {
  const std::vector<std::int64_t> offsets = {0, 3, 5};
  CHECK_THROWS_WITH_AS(cu_seqlens(offsets, 2, 4), "cu_seqlens: the window 2 + 4 must lie within the documents",
                       ValueError);
  CHECK_THROWS_AS(cu_seqlens(offsets, -1, 2), ValueError);
  CHECK_THROWS_AS(cu_seqlens(offsets, 0, 0), ValueError);
  CHECK_THROWS_AS(cu_seqlens({}, 0, 1), ValueError);
  CHECK_THROWS_WITH_AS(cu_seqlens(std::vector<std::int64_t>{0, 3, 3}, 0, 1), "cu_seqlens: document offsets must rise",
                       ValueError);
}
