// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>
#include <hadal/core/random.hpp>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace hadal {

/// Element `index` of a stream as a number in [0, 1) of 53 bits.
inline double random_fraction(Key key, std::uint64_t index) {
  return static_cast<double>(random_below(key, index, std::uint64_t{1} << 53)) * 0x1p-53;
}

/// A distribution over some tokens, in a fixed order; the probabilities add to 1, up to rounding.
struct Distribution {
  std::vector<std::int32_t> tokens;
  std::vector<double> probabilities;

  static Distribution certain(std::int32_t token) { return {{token}, {1.0}}; }

  /// The probability of a token, 0 for one that is not there.
  double operator()(std::int32_t token) const {
    const auto found = std::find(tokens.begin(), tokens.end(), token);
    return found == tokens.end() ? 0 : probabilities[static_cast<std::size_t>(found - tokens.begin())];
  }

  /// The token in whose share of [0, 1) a uniform number falls.
  std::int32_t draw(double uniform) const {
    HADAL_CHECK(!tokens.empty(), ValueError, "distribution: there is no token to draw");
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      uniform -= probabilities[i];
      if (uniform < 0) return tokens[i];
    }
    return tokens.back();
  }

  /// Makes weights into probabilities.
  void normalize() {
    double total = 0;
    for (const double w : probabilities) total += w;
    HADAL_CHECK(total > 0, NumericError, "distribution: the weights must add to more than 0, got ", total);
    for (double& w : probabilities) w /= total;
  }
};

/// What a draft that was checked becomes.
struct Verdict {
  bool accepted;
  std::int32_t token;  // the draft, or the token in its place
};

/// Checks a token drawn from q so that the result is distributed as p: it is kept with probability min(1, p / q), and
/// replaced by a token of max(0, p - q), made to add to 1, otherwise. `keep` and `again` are uniform in [0, 1).
/// Source: Leviathan et al. 2023 (arXiv 2211.17192), section 2.3.
inline Verdict verify_draft(const Distribution& p, const Distribution& q, std::int32_t token, double keep,
                            double again) {
  if (keep * q(token) < p(token)) return {true, token};
  std::unordered_map<std::int32_t, double> drafted;
  for (std::size_t i = 0; i < q.tokens.size(); ++i) drafted.emplace(q.tokens[i], q.probabilities[i]);
  Distribution rest;
  for (std::size_t i = 0; i < p.tokens.size(); ++i) {
    const auto found = drafted.find(p.tokens[i]);
    const double weight = p.probabilities[i] - (found == drafted.end() ? 0 : found->second);
    if (weight <= 0) continue;
    rest.tokens.push_back(p.tokens[i]);
    rest.probabilities.push_back(weight);
  }
  if (rest.tokens.empty()) return {true, token};  // p and q differ by rounding alone
  rest.normalize();
  return {false, rest.draw(again)};
}

}  // namespace hadal
