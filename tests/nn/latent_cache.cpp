// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/latent_cache.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace latent_cache_test {
using namespace hadal;

TEST_CASE("latent cache: rows of latent and rope key, in order; forgotten tokens are overwritten") {
  auto cache = LatentCache<float>::make(2, 1, 3, 2, 2);
  CHECK(cache.layers.size() == 2);
  CHECK(cache.capacity() == 3);
  CHECK(cache.length() == 0);
  CHECK(cache.layers[0].keys().shape() == Shape{1, 0, 4});
  for (auto& layer : cache.layers)
    layer.append(Tensor<float>::from({1, 2, 3, 4}, {1, 2, 2}), Tensor<float>::from({5, 6, 7, 8}, {1, 2, 1, 2}));
  CHECK(cache.length() == 2);
  CHECK(cache.layers[1].keys().to_vector() == std::vector<float>{1, 2, 5, 6, 3, 4, 7, 8});
  cache.truncate(1);
  CHECK(cache.length() == 1);
  CHECK(cache.layers[1].length == 1);
  cache.layers[1].append(Tensor<float>::from({9, 9}, {1, 1, 2}), Tensor<float>::from({0, 0}, {1, 1, 1, 2}));
  CHECK(cache.layers[1].keys().to_vector() == std::vector<float>{1, 2, 5, 6, 9, 9, 0, 0});
}

TEST_CASE("latent cache: what does not fit is an error and changes nothing") {
  auto cache = LatentCache<float>::make(1, 2, 3, 2, 2);
  auto& layer = cache.layers[0];
  const auto tokens = [](std::int64_t B, std::int64_t L) { return Tensor<float>::ones({B, L, 2}); };
  layer.append(tokens(2, 2), tokens(2, 2).unsqueeze(2));
  CHECK_THROWS_WITH_AS(layer.append(tokens(2, 2), tokens(2, 2).unsqueeze(2)),
                       "latent cache: 2 tokens and 2 more exceed its capacity of 3", ValueError);
  CHECK_THROWS_WITH_AS(layer.append(tokens(1, 1), tokens(1, 1).unsqueeze(2)),
                       "latent cache: made for 2 sequences, got 1", ShapeError);
  CHECK(cache.length() == 2);
  CHECK_THROWS_WITH_AS(cache.truncate(3), "latent cache: cannot keep 3 of 2 tokens", ValueError);
  CHECK_THROWS_AS(cache.truncate(-1), ValueError);
  CHECK(LatentCache<float>{}.length() == 0);
  CHECK(LatentCache<float>{}.capacity() == 0);
}

}  // namespace latent_cache_test
