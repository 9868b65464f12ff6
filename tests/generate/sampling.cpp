// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/generate/sampling.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <set>

namespace sampling_test {
using namespace hadal;

const std::vector<float> logits = {0.5f, 2.0f, -1.0f, 1.0f};

std::vector<double> probabilities(double temperature) {
  std::vector<double> p;
  double total = 0;
  for (const float x : logits) total += p.emplace_back(std::exp(x / temperature));
  for (double& x : p) x /= total;
  return p;
}

std::set<std::int32_t> drawn(const SamplingOptions& options) {
  std::set<std::int32_t> tokens;
  for (std::uint64_t i = 0; i < 2000; ++i) tokens.insert(sample_token(logits, options, i));
  return tokens;
}

TEST_CASE("sampling: temperature 0 takes the most likely token, the first of equals") {
  for (std::uint64_t i = 0; i < 20; ++i) CHECK(sample_token(logits, {.temperature = 0}, i) == 1);
  CHECK(sample_token({1, 3, 3}, {.temperature = 0}, 0) == 1);
}

TEST_CASE("sampling: frequencies are those of the softmax") {
  for (const double temperature : {1.0, 0.5}) {
    const int n = 20000;
    std::vector<int> count(4);
    for (int i = 0; i < n; ++i)
      ++count[static_cast<std::size_t>(
          sample_token(logits, {.temperature = temperature, .seed = 3}, static_cast<std::uint64_t>(i)))];
    const auto p = probabilities(temperature);
    for (std::size_t t = 0; t < 4; ++t) CHECK(std::abs(count[t] - n * p[t]) < 5 * std::sqrt(n * p[t] * (1 - p[t])));
  }
}

TEST_CASE("sampling: top_k and top_p cut") {
  using Tokens = std::set<std::int32_t>;
  // Every kept token has probability above 0.03, so that 2000 draws miss it with probability below 1e-26.
  CHECK(drawn({}) == Tokens{0, 1, 2, 3});
  CHECK(drawn({.top_k = 1}) == Tokens{1});
  CHECK(drawn({.top_k = 2}) == Tokens{1, 3});
  CHECK(drawn({.top_k = 9}) == Tokens{0, 1, 2, 3});
  // Most likely first the probabilities are 0.609, 0.224, 0.136, 0.030.
  CHECK(drawn({.top_p = 0.6}) == Tokens{1});
  CHECK(drawn({.top_p = 0.62}) == Tokens{1, 3});
  CHECK(drawn({.top_p = 0.9}) == Tokens{0, 1, 3});
  CHECK(drawn({.top_p = 0.99}) == Tokens{0, 1, 2, 3});
  // Of two tokens left the first has 0.731.
  CHECK(drawn({.top_k = 2, .top_p = 0.7}) == Tokens{1});
  CHECK(drawn({.top_k = 2, .top_p = 0.75}) == Tokens{1, 3});
}

TEST_CASE("sampling: the seed and the number of the draw decide") {
  const auto text = [](std::uint64_t seed) {
    std::vector<std::int32_t> tokens;
    for (std::uint64_t i = 0; i < 50; ++i) tokens.push_back(sample_token(logits, {.seed = seed}, i));
    return tokens;
  };
  CHECK(text(1) == text(1));
  CHECK(text(1) != text(2));
}

TEST_CASE("sampling: what makes no sense is an error") {
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(sample_token(logits, {.temperature = -1}, 0), "sampling: temperature must be at least 0, got -1",
                       ValueError);
  CHECK_THROWS_AS(sample_token(logits, {.temperature = static_cast<double>(inf)}, 0), ValueError);
  CHECK_THROWS_WITH_AS(sample_token(logits, {.top_k = -1}, 0), "sampling: top_k must be at least 0, got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(sample_token(logits, {.top_p = 0}, 0), "sampling: top_p must be in (0, 1], got 0", ValueError);
  CHECK_THROWS_AS(sample_token(logits, {.top_p = 1.5}, 0), ValueError);
  CHECK_THROWS_WITH_AS(sample_token({}, {}, 0), "sampling: there are no logits", ShapeError);
  CHECK_THROWS_WITH_AS(sample_token({1, nan}, {}, 0), "sampling: a logit is NaN", NumericError);
  CHECK_THROWS_AS(sample_token({1, inf}, {}, 0), NumericError);
  CHECK_THROWS_AS(sample_token({-inf, -inf}, {}, 0), NumericError);
  CHECK(sample_token({-inf, 0}, {}, 0) == 1);
}

}  // namespace sampling_test
