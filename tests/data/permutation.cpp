// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/data/permutation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

using namespace hadal;

TEST_CASE("permutation: every place once, for every size") {
  for (std::uint64_t n = 1; n <= 70; ++n) {
    std::vector<int> hits(n);
    for (std::uint64_t i = 0; i < n; ++i) ++hits[permuted(Key{n}, i, n)];
    CHECK(hits == std::vector<int>(n, 1));
  }
  std::vector<bool> hit(100003);
  for (std::uint64_t i = 0; i < hit.size(); ++i) hit[permuted(Key{1}, i, hit.size())] = true;
  CHECK(std::count(hit.begin(), hit.end(), true) == 100003);
}

TEST_CASE("permutation: sizes beyond 32 bits stay in range") {
  const std::uint64_t n = std::uint64_t{1} << 62;
  CHECK(permuted(Key{3}, n - 1, n) < n);
  CHECK(permuted(Key{3}, 5, (n >> 20) + 1) <= n >> 20);
  CHECK(permuted(Key{3}, 5, n) != permuted(Key{4}, 5, n));
}

TEST_CASE("permutation: over many keys, an element is everywhere equally often") {
  // 20,000 draws over 5 places: 4,000 each, standard deviation 57; six of them leave no room for chance.
  std::map<std::uint64_t, int> hits;
  for (std::uint64_t key = 0; key < 20000; ++key) ++hits[permuted(Key{}.fold(key), 2, 5)];
  CHECK(hits.size() == 5);
  for (const auto& [place, n] : hits) CHECK(std::abs(n - 4000) < 340);
}
