// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/generate/sampling.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <set>

#include "support/chi_square.hpp"

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

using Scores = std::vector<double>;

TEST_CASE("sampling: each step by its formula") {
  Scores z = {1, -2, 3, 0};
  sampling::add_bias(z, {{1, 0.5}, {3, -1}, {1, 1}});
  CHECK(z == Scores{1, -0.5, 3, -1});
  CHECK_THROWS_WITH_AS(sampling::add_bias(z, {{4, 1}}), "sampling: the biased token 4 is outside of the 4 logits",
                       IndexError);

  const TokenCounts counts = {{0, 2}, {1, 1}, {3, 0}};  // token 3 came in the prompt alone
  z = {1, -2, 3, -4};
  sampling::penalize_repetition(z, counts, 2);
  CHECK(z == Scores{0.5, -4, 3, -8});
  z = {1, -2, 3, -4};
  sampling::penalize_counts(z, counts, 0.5, 0.25);
  CHECK(z == Scores{0, -2.75, 3, -4});
  CHECK_THROWS_AS(sampling::penalize_repetition(z, {{9, 0}}, 2), IndexError);

  const auto fresh = [] { return Distribution{{0, 1, 2, 3, 4}, {0.25, 0.5, 0.0625, 1, 0.5}}; };
  Distribution d = fresh();
  sampling::keep_top_k(d, 3);
  CHECK(d.tokens == std::vector<std::int32_t>{3, 1, 4});
  CHECK(d.probabilities == Scores{1, 0.5, 0.5});
  d = fresh();
  sampling::keep_top_p(d, 0.44);  // of 2.3125: 1.0175
  CHECK(d.tokens == std::vector<std::int32_t>{3, 1});
  d = fresh();
  sampling::keep_top_p(d, 0.98);
  CHECK(d.tokens == std::vector<std::int32_t>{3, 1, 4, 0, 2});
  d = fresh();
  sampling::keep_min_p(d, 0.25);
  CHECK(d.tokens == std::vector<std::int32_t>{0, 1, 3, 4});
  d = sampling::weights({1, 2, -1}, 2);
  CHECK(d.probabilities == Scores{std::exp(-0.5), 1, std::exp(-1.5)});
}

TEST_CASE("sampling: steps in their order make the distribution") {
  // Bias first, then penalties, then temperature: (0.5 + 1.5) / 2 = 1, 2 / 2 = 1, -1 - 0.5 = -1.5, 1.
  const SamplingOptions o{.temperature = 0.5,
                          .repetition_penalty = 2,
                          .presence_penalty = 0.25,
                          .frequency_penalty = 0.25,
                          .logit_bias = {{0, 1.5}}};
  const auto d = sampling_distribution(std::span<const float>(logits), o, {{0, 0}, {1, 0}, {2, 1}});
  const double expected[] = {1, 1, -2.5, 1};  // the repetition doubles -1 before 0.5 is taken
  double total = 0;
  for (const double x : expected) total += std::exp(x / 0.5);
  REQUIRE(d.tokens.size() == 4);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(d.probabilities[i] == doctest::Approx(std::exp(expected[i] / 0.5) / total).epsilon(1e-12));
  // min-p comes after top-p: it never makes top-p keep more.
  const auto few = sampling_distribution(std::span<const float>(logits), {.top_p = 0.62, .min_p = 0.3});
  CHECK(few.tokens == std::vector<std::int32_t>{1, 3});
  CHECK(few(1) == doctest::Approx(std::exp(2.0) / (std::exp(2.0) + std::exp(1.0))));
  CHECK(sampling_distribution(std::span<const float>(logits), {.top_p = 0.62, .min_p = 0.4}).tokens ==
        std::vector<std::int32_t>{1});
  // Greedy choice heeds what changes logits.
  CHECK(sampling_distribution(std::span<const float>(logits), {.temperature = 0, .logit_bias = {{2, 9}}})
            .tokens[0] == 2);
  CHECK(sampling_distribution(std::span<const float>(logits), {.temperature = 0, .presence_penalty = 2}, {{1, 1}})
            .tokens[0] == 3);
}

TEST_CASE("sampling: draws pass a chi-square test, cuts and penalties included") {
  const int n = 30000;
  for (const SamplingOptions& base : {SamplingOptions{}, {.temperature = 0.7, .top_k = 3}, {.top_p = 0.9, .min_p = 0.1},
                                      {.repetition_penalty = 1.5, .frequency_penalty = 0.3}}) {
    SamplingOptions o = base;
    o.seed = 11;
    const TokenCounts seen = {{1, 2}, {0, 0}};
    const Distribution d = sampling_distribution(std::span<const float>(logits), o, seen);
    std::vector<double> counts(4), p(4);
    for (std::int32_t t = 0; t < 4; ++t) p[static_cast<std::size_t>(t)] = d(t);
    for (int i = 0; i < n; ++i)
      ++counts[static_cast<std::size_t>(d.draw(random_fraction(Key{o.seed}, static_cast<std::uint64_t>(i))))];
    CHECK(test::chi_square_deviation(counts, p) < 4);
  }
}

TEST_CASE("sampler: counts what the text has, draws by seed and place") {
  const std::vector<std::int32_t> prompt = {1};
  Sampler s({.temperature = 0, .presence_penalty = 5}, prompt);
  const std::span<const float> z(logits);
  CHECK(s.sample(z) == 1);  // of the prompt, not of the text
  s.note(1);
  CHECK(s.sample(z) == 3);
  s.note(3);
  CHECK(s.sample(z) == 0);
  Sampler a({.seed = 5}, prompt), b({.seed = 5}, prompt);
  CHECK(a.uniform("sample") == b.uniform("sample"));
  CHECK(a.uniform("sample") != a.uniform("draft"));
  a.note(0);
  CHECK(a.uniform("sample") != b.uniform("sample"));
  CHECK(b.sample(z) == sample_token(logits, {.seed = 5}, 0));
  CHECK_THROWS_AS(Sampler({.min_p = 2}, prompt), ValueError);
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
  CHECK_THROWS_WITH_AS(sample_token(logits, {.min_p = -0.5}, 0), "sampling: min_p must be in [0, 1], got -0.5",
                       ValueError);
  CHECK_THROWS_WITH_AS(sample_token(logits, {.repetition_penalty = 0}, 0),
                       "sampling: repetition_penalty must be above 0, got 0", ValueError);
  CHECK_THROWS_AS(sample_token(logits, {.presence_penalty = static_cast<double>(inf)}, 0), ValueError);
  CHECK_THROWS_WITH_AS(sample_token({}, {}, 0), "sampling: there are no logits", ShapeError);
  CHECK_THROWS_WITH_AS(sample_token({1, nan}, {}, 0), "sampling: a logit is NaN", NumericError);
  CHECK_THROWS_AS(sample_token({1, inf}, {}, 0), NumericError);
  CHECK_THROWS_AS(sample_token({-inf, -inf}, {}, 0), NumericError);
  CHECK(sample_token({-inf, 0}, {}, 0) == 1);
}

}  // namespace sampling_test
