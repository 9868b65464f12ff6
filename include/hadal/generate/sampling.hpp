// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>
#include <hadal/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace hadal {

/// How the next token is drawn.
struct SamplingOptions {
  double temperature = 1.0;  // 0: always the most likely token
  std::int64_t top_k = 0;    // only the k most likely tokens; 0: all
  double top_p = 1.0;        // only the fewest most likely tokens whose probabilities reach p (Holtzman et al. 2020)
  std::uint64_t seed = 0;

  void check() const {
    HADAL_CHECK(temperature >= 0 && std::isfinite(temperature), ValueError,
                "sampling: temperature must be at least 0, got ", temperature);
    HADAL_CHECK(top_k >= 0, ValueError, "sampling: top_k must be at least 0, got ", top_k);
    HADAL_CHECK(top_p > 0 && top_p <= 1, ValueError, "sampling: top_p must be in (0, 1], got ", top_p);
  }
};

/// Draws one token from softmax(logits / temperature), cut to the k most likely and then to the most likely ones that
/// reach p. `draw` numbers the draw: the same seed and number give the same token.
inline std::int32_t sample_token(const std::vector<float>& logits, const SamplingOptions& options, std::uint64_t draw) {
  options.check();
  HADAL_CHECK(!logits.empty(), ShapeError, "sampling: there are no logits");
  for (float x : logits) HADAL_CHECK(!std::isnan(x), NumericError, "sampling: a logit is NaN");
  const auto best = std::max_element(logits.begin(), logits.end());
  if (options.temperature == 0) return static_cast<std::int32_t>(best - logits.begin());
  HADAL_CHECK(std::isfinite(*best), NumericError, "sampling: the largest logit is not finite: ", *best);

  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto likelier = [&](std::int32_t a, std::int32_t b) {
    const float x = logits[static_cast<std::size_t>(a)], y = logits[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  };
  if (options.top_k > 0 && options.top_k < static_cast<std::int64_t>(order.size())) {
    std::partial_sort(order.begin(), order.begin() + options.top_k, order.end(), likelier);
    order.resize(static_cast<std::size_t>(options.top_k));
  } else if (options.top_p < 1) {
    std::sort(order.begin(), order.end(), likelier);
  }

  std::vector<double> weight(order.size());
  double total = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
    total += weight[i] =
        std::exp((static_cast<double>(logits[static_cast<std::size_t>(order[i])]) - *best) / options.temperature);
  if (options.top_p < 1) {
    const double wanted = options.top_p * total;
    std::size_t n = 0;
    for (total = 0; n < order.size() && total < wanted; ++n) total += weight[n];
    order.resize(n);
  }

  const Key key = Key{options.seed}.fold("sample");
  double rest = static_cast<double>(random_below(key, draw, std::uint64_t{1} << 53)) * 0x1p-53 * total;
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    rest -= weight[i];
    if (rest < 0) return order[i];
  }
  return order.back();
}

}  // namespace hadal
