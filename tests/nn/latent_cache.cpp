// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/latent_cache.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace latent_cache_test {
using namespace hadal;
using Values = std::vector<float>;

/// Adds tokens (one number each, in c and kr alike) to the sequences of a cache with R = dr = 2.
void add(LatentCache<float>& cache, const CacheStep<>& step, const Values& tokens) {
  Values twice;
  for (const float t : tokens) twice.insert(twice.end(), {t, t});
  const Shape shape = step.shape().append(2);
  for (auto& layer : cache.layers)
    layer.store(step, Tensor<float>::from(twice, shape), Tensor<float>::from(twice, shape).unsqueeze(2));
  cache.advance(step);
}
/// What a layer holds of a slot.
Values held(const LatentCache<float>& cache, std::int64_t slot) {
  const auto rows = cache.layers.back().load(cache.step({slot}, {0}, 1)).to_vector();
  Values tokens;
  for (std::size_t i = 0; i < rows.size(); i += 4) {
    for (std::size_t k = 1; k < 4; ++k) CHECK(rows[i + k] == rows[i]);
    tokens.push_back(rows[i]);
  }
  return tokens;
}

TEST_CASE("latent cache: sequences of their own lengths; forgotten tokens are overwritten; slots are used again") {
  auto cache = LatentCache<float>::make(2, 3, 4, 2, 2);
  CHECK(cache.slots() == 3);
  CHECK(cache.capacity() == 4);
  CHECK(cache.bytes_per_token() == 2 * 4 * 4);
  add(cache, cache.step({2, 0}, {1, 3}), {1, 0, 0, 2, 3, 4});
  CHECK(cache.lengths == std::vector<std::int64_t>{3, 0, 1});
  add(cache, cache.step({1, 0, 2}, {1, 0, 1}), {5, 0, 6});
  CHECK(held(cache, 0) == Values{2, 3, 4});
  CHECK(held(cache, 1) == Values{5});
  CHECK(held(cache, 2) == Values{1, 6});
  cache.truncate(0, 1);
  add(cache, cache.step({0}, {2}), {7, 8});
  CHECK(held(cache, 0) == Values{2, 7, 8});
  cache.truncate(2, 0);
  add(cache, cache.step(1), {1, 2, 3});
  CHECK(held(cache, 0) == Values{2, 7, 8, 1});
  CHECK(held(cache, 1) == Values{5, 2});
  CHECK(held(cache, 2) == Values{3});
}

TEST_CASE("latent cache: a step says where its tokens stand and what they see") {
  auto cache = LatentCache<float>::make(1, 2, 9, 2, 2);
  add(cache, cache.step({1}, {2}), {1, 1});
  const auto s = cache.step({1, 0}, {1, 2}, 3);
  CHECK(s.shape() == Shape{2, 3});
  CHECK(s.keys == 3);
  CHECK(s.slot.to_vector() == std::vector<std::int32_t>{1, 0});
  CHECK(s.length.to_vector() == std::vector<std::int32_t>{3, 2});
  CHECK(s.positions.to_vector() == std::vector<std::int32_t>{2, 0, 0, 0, 1, 0});
  CHECK(s.end.to_vector() == std::vector<std::int32_t>{3, 0, 0, 1, 2, 0});
}

TEST_CASE("latent cache: what does not fit is an error and changes nothing") {
  auto cache = LatentCache<float>::make(1, 2, 3, 2, 2);
  add(cache, cache.step(2), {1, 2, 3, 4});
  CHECK_THROWS_WITH_AS(cache.step({1}, {2}), "latent cache: 2 tokens and 2 more exceed its capacity of 3", ValueError);
  CHECK_THROWS_WITH_AS(cache.step({2}, {1}), "latent cache: slot must be in 0 .. 1, got 2", IndexError);
  CHECK_THROWS_WITH_AS(cache.step({1, 1}, {1, 0}), "latent cache: slot 1 is named twice", ValueError);
  CHECK_THROWS_WITH_AS(cache.step({1}, {-1}, 1), "latent cache: a count must be in 0 .. 1, got -1", ValueError);
  CHECK_THROWS_WITH_AS(cache.step({0, 1}, {1}),
                       "latent cache: 2 slots and 1 counts must be one each for every sequence", ShapeError);
  CHECK_THROWS_AS(cache.step({}, {}), ShapeError);
  CHECK_THROWS_WITH_AS(cache.truncate(0, 3), "latent cache: cannot keep 3 of 2 tokens", ValueError);
  CHECK_THROWS_AS(cache.truncate(0, -1), ValueError);
  CHECK_THROWS_AS(cache.truncate(-1, 0), IndexError);
  CHECK_THROWS_AS(LatentCache<float>::make(1, -1, 3, 2, 2), ValueError);
  const auto step = cache.step({0}, {1});
  CHECK_THROWS_WITH_AS(cache.layers[0].store(step, Tensor<float>::ones({1, 1, 3}), Tensor<float>::ones({1, 1, 1, 2})),
                       "latent cache: the step (1, 1) needs c (B, L, 2) and kr (B, L, 1, 2), got (1, 1, 3) and "
                       "(1, 1, 1, 2)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(cache.layers[0].attend(step, Tensor<float>::ones({1, 1, 2, 3}), 1),
                       "latent cache: the step (1, 1) needs q (B, L, H, 4), got (1, 1, 2, 3)", ShapeError);
  CHECK(cache.lengths == std::vector<std::int64_t>{2, 2});
  CHECK(LatentCache<float>{}.capacity() == 0);
}

TEST_CASE("latent cache: attends to what it holds") {
  auto cache = LatentCache<float>::make(1, 1, 3, 2, 2, CacheFormat::int8);
  add(cache, cache.step(2), {1, 3});
  const auto step = cache.step(1);
  add(cache, step, {3});
  // Scores 0: the mean of the latents 1, 3, 3, each of which is its own scale and so exact.
  const auto z = cache.layers[0].attend(step, Tensor<float>::zeros({1, 1, 2, 4}), 1).to_vector();
  for (const float x : z) CHECK(std::abs(x - 7.0f / 3) < 1e-5f);
}

}  // namespace latent_cache_test
