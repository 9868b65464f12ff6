// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/generate/sampling.hpp>

#include <cmath>
#include <limits>

using namespace hadal;

namespace {
const std::vector<float> logits{1.0f, 3.0f, 2.0f, -1.0f};

std::vector<double> frequencies(const SamplingOptions& options, int n) {
  std::vector<double> f(logits.size());
  for (int i = 0; i < n; ++i) f[static_cast<std::size_t>(sample_token(logits, options, static_cast<std::uint64_t>(i)))] += 1;
  for (double& count : f) count /= n;
  return f;
}
}  // namespace

TEST_CASE("sampling: frequencies follow the cut and tempered softmax") {
  const int n = 20000;
  const auto check = [&](const SamplingOptions& options, const std::vector<bool>& kept) {
    double total = 0;
    std::vector<double> p(logits.size());
    for (std::size_t i = 0; i < p.size(); ++i)
      if (kept[i]) total += p[i] = std::exp(static_cast<double>(logits[i]) / options.temperature);
    const auto f = frequencies(options, n);
    for (std::size_t i = 0; i < p.size(); ++i)
      CHECK(std::abs(f[i] - p[i] / total) <= 5 * std::sqrt(p[i] / total * (1 - p[i] / total) / n));
  };
  check({}, {true, true, true, true});
  check({.temperature = 2}, {true, true, true, true});
  check({.top_k = 2}, {false, true, true, false});
  check({.top_p = 0.8}, {false, true, true, false});  // the likeliest alone has 0.64
  check({.top_p = 0.6}, {false, true, false, false});
}

TEST_CASE("sampling: temperature 0 takes the likeliest, the first of equals; the seed decides the rest") {
  CHECK(sample_token({1, 5, 5, 2}, {.temperature = 0}, 0) == 1);
  bool differs = false;
  for (std::uint64_t i = 0; i < 50; ++i) {
    CHECK(sample_token(logits, {.seed = 3}, i) == sample_token(logits, {.seed = 3}, i));
    differs |= sample_token(logits, {.seed = 3}, i) != sample_token(logits, {.seed = 4}, i);
  }
  CHECK(differs);
}

TEST_CASE("sampling: errors") {
  CHECK_THROWS_AS(sample_token({}, {}, 0), ShapeError);
  CHECK_THROWS_AS(sample_token({1, std::numeric_limits<float>::quiet_NaN()}, {}, 0), NumericError);
  CHECK_THROWS_AS(sample_token(logits, {.temperature = -1}, 0), ValueError);
  CHECK_THROWS_AS(sample_token(logits, {.top_k = -1}, 0), ValueError);
  CHECK_THROWS_AS(sample_token(logits, {.top_p = 0}, 0), ValueError);
}
