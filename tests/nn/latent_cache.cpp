// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/nn/latent_cache.hpp>

using namespace hadal;

TEST_CASE("LatentCache: appends, shows what it holds, forgets, and refuses what does not fit") {
  auto cache = LatentCache<float>::make(2, 1, 3, 2, 2);
  CHECK(cache.capacity() == 3);
  auto& layer = cache.layers[0];
  const auto c = Tensor<float>::from({1, 2, 5, 6}, {1, 2, 2}), kr = Tensor<float>::from({3, 4, 7, 8}, {1, 2, 1, 2});
  for (auto& l : cache.layers) l.append(c, kr);
  CHECK(cache.length() == 2);
  CHECK(layer.keys().to_vector() == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(layer.keys().storage() == layer.rows.storage());
  CHECK_THROWS_WITH_AS(layer.append(c, kr), "latent cache: 2 tokens and 2 more exceed its capacity of 3", ValueError);
  CHECK(layer.length == 2);
  CHECK_THROWS_AS(layer.append(Tensor<float>::zeros({2, 1, 2}), Tensor<float>::zeros({2, 1, 1, 2})), ShapeError);
  cache.truncate(1);
  CHECK(layer.keys().to_vector() == std::vector<float>{1, 2, 3, 4});
  CHECK_THROWS_AS(cache.truncate(2), ValueError);
}
