// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/generate/distribution.hpp>

#include <cmath>
#include <numeric>
#include <span>
#include <utility>

namespace hadal {

/// How the next token is drawn. The steps come in this order: bias, penalties, temperature, top-k, top-p, min-p.
struct SamplingOptions {
  double temperature = 1.0;         // T: weights exp(z / T); 0: always the most likely token
  std::int64_t top_k = 0;           // only the k most likely tokens; 0: all
  double top_p = 1.0;               // only the fewest most likely tokens whose probabilities reach p
  double min_p = 0;                 // only tokens at least this many times as likely as the most likely one
  double repetition_penalty = 1;    // r: divides what speaks for tokens of the prompt and the text so far
  double presence_penalty = 0;      // taken from the logits of tokens the text has
  double frequency_penalty = 0;     // the same for every time the text has them
  std::vector<std::pair<std::int32_t, double>> logit_bias = {};  // added to tokens' logits
  std::uint64_t seed = 0;

  void check() const {
    HADAL_CHECK(temperature >= 0 && std::isfinite(temperature), ValueError,
                "sampling: temperature must be at least 0, got ", temperature);
    HADAL_CHECK(top_k >= 0, ValueError, "sampling: top_k must be at least 0, got ", top_k);
    HADAL_CHECK(top_p > 0 && top_p <= 1, ValueError, "sampling: top_p must be in (0, 1], got ", top_p);
    HADAL_CHECK(min_p >= 0 && min_p <= 1, ValueError, "sampling: min_p must be in [0, 1], got ", min_p);
    HADAL_CHECK(repetition_penalty > 0 && std::isfinite(repetition_penalty), ValueError,
                "sampling: repetition_penalty must be above 0, got ", repetition_penalty);
    HADAL_CHECK(std::isfinite(presence_penalty) && std::isfinite(frequency_penalty), ValueError,
                "sampling: presence_penalty and frequency_penalty must be finite, got ", presence_penalty, " and ",
                frequency_penalty);
  }
  bool changes_logits() const {
    return !logit_bias.empty() || repetition_penalty != 1 || presence_penalty != 0 || frequency_penalty != 0;
  }
};

/// How often tokens came: in the text (`written`), and all that the prompt has, maybe 0 times in the text.
using TokenCounts = std::unordered_map<std::int32_t, std::int64_t>;

namespace sampling {

inline double& at(std::vector<double>& z, std::int32_t token, const char* what) {
  HADAL_CHECK(token >= 0 && static_cast<std::size_t>(token) < z.size(), IndexError, "sampling: ", what, " ", token,
              " is outside of the ", z.size(), " logits");
  return z[static_cast<std::size_t>(token)];
}

/// z_t += b_t
inline void add_bias(std::vector<double>& z, const std::vector<std::pair<std::int32_t, double>>& bias) {
  for (const auto& [token, b] : bias) at(z, token, "the biased token") += b;
}

/// z_t <- z_t / r where it is above 0, z_t r elsewhere, for all tokens of prompt and text (Keskar et al. 2019).
inline void penalize_repetition(std::vector<double>& z, const TokenCounts& counts, double r) {
  if (r == 1) return;
  for (const auto& [token, n] : counts) {
    double& x = at(z, token, "the token");
    x = x > 0 ? x / r : x * r;
  }
}

/// z_t -= presence [n_t > 0] + frequency n_t, where token t came n_t times in the text.
inline void penalize_counts(std::vector<double>& z, const TokenCounts& counts, double presence, double frequency) {
  if (presence == 0 && frequency == 0) return;
  for (const auto& [token, n] : counts)
    if (n > 0) at(z, token, "the token") -= presence + frequency * static_cast<double>(n);
}

/// w_t = exp((z_t - max z) / T) for all tokens. Throws NumericError when the largest logit is not finite.
inline Distribution weights(const std::vector<double>& z, double temperature) {
  const double best = *std::max_element(z.begin(), z.end());
  HADAL_CHECK(std::isfinite(best), NumericError, "sampling: the largest logit is not finite: ", best);
  Distribution d{std::vector<std::int32_t>(z.size()), std::vector<double>(z.size())};
  std::iota(d.tokens.begin(), d.tokens.end(), 0);
  for (std::size_t i = 0; i < z.size(); ++i) d.probabilities[i] = std::exp((z[i] - best) / temperature);
  return d;
}

/// Keeps the tokens at `order`, in that order.
inline void pick(Distribution& d, const std::vector<std::size_t>& order) {
  Distribution kept;
  for (const std::size_t i : order) {
    kept.tokens.push_back(d.tokens[i]);
    kept.probabilities.push_back(d.probabilities[i]);
  }
  d = std::move(kept);
}

inline auto likelier(const Distribution& d) {
  return [&d](std::size_t a, std::size_t b) {
    const double x = d.probabilities[a], y = d.probabilities[b];
    return x != y ? x > y : a < b;
  };
}

/// Keeps the k most likely tokens, the first of equals, most likely first.
inline void keep_top_k(Distribution& d, std::int64_t k) {
  if (k <= 0 || k >= static_cast<std::int64_t>(d.tokens.size())) return;
  std::vector<std::size_t> order(d.tokens.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::partial_sort(order.begin(), order.begin() + k, order.end(), likelier(d));
  order.resize(static_cast<std::size_t>(k));
  pick(d, order);
}

/// Keeps the fewest most likely tokens whose weights reach p of the whole, most likely first (Holtzman et al. 2020).
inline void keep_top_p(Distribution& d, double p) {
  if (p >= 1) return;
  const double total = std::accumulate(d.probabilities.begin(), d.probabilities.end(), 0.0);
  // Tokens below this weight have less than 1 - p together: they need not be sorted.
  const double least = 0.5 * (1 - p) * total / static_cast<double>(d.tokens.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < d.tokens.size(); ++i)
    if (d.probabilities[i] >= least) order.push_back(i);
  std::sort(order.begin(), order.end(), likelier(d));
  std::size_t n = 0;
  for (double sum = 0; n < order.size() && sum < p * total; ++n) sum += d.probabilities[order[n]];
  order.resize(n);
  pick(d, order);
}

/// Keeps tokens with w_t >= p max w (Nguyen et al. 2024).
inline void keep_min_p(Distribution& d, double p) {
  if (p <= 0) return;
  const double least = p * *std::max_element(d.probabilities.begin(), d.probabilities.end());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < d.tokens.size(); ++i)
    if (d.probabilities[i] >= least) order.push_back(i);
  pick(d, order);
}

}  // namespace sampling

/// The distribution that the next token is drawn from, given the logits (V) and the tokens so far.
/// Throws NumericError for a NaN among the logits, or a largest one that is not finite.
template <class S>
Distribution sampling_distribution(std::span<const S> logits, const SamplingOptions& options,
                                   const TokenCounts& counts = {}) {
  options.check();
  HADAL_CHECK(!logits.empty(), ShapeError, "sampling: there are no logits");
  for (const S x : logits) HADAL_CHECK(!std::isnan(x), NumericError, "sampling: a logit is NaN");
  if (options.temperature == 0 && !options.changes_logits())
    return Distribution::certain(
        static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
  std::vector<double> z(logits.begin(), logits.end());
  sampling::add_bias(z, options.logit_bias);
  sampling::penalize_repetition(z, counts, options.repetition_penalty);
  sampling::penalize_counts(z, counts, options.presence_penalty, options.frequency_penalty);
  if (options.temperature == 0)
    return Distribution::certain(static_cast<std::int32_t>(std::max_element(z.begin(), z.end()) - z.begin()));
  Distribution d = sampling::weights(z, options.temperature);
  sampling::keep_top_k(d, options.top_k);
  sampling::keep_top_p(d, options.top_p);
  sampling::keep_min_p(d, options.min_p);
  d.normalize();
  return d;
}

/// Draws one token. `draw` numbers the draw: the same seed and number give the same token.
inline std::int32_t sample_token(const std::vector<float>& logits, const SamplingOptions& options, std::uint64_t draw) {
  return sampling_distribution(std::span<const float>(logits), options)
      .draw(random_fraction(Key{options.seed}.fold("sample"), draw));
}

/// Draws the tokens of one text: knows those of the prompt and those so far. Draws are numbered by the text's tokens,
/// so that a text depends on its seed alone.
class Sampler {
 public:
  Sampler(SamplingOptions options, std::span<const std::int32_t> prompt) : options_(std::move(options)) {
    options_.check();
    for (const std::int32_t token : prompt) counts_.emplace(token, 0);
  }

  /// Of the token after those noted.
  template <class S>
  Distribution distribution(std::span<const S> logits) const {
    return sampling_distribution(logits, options_, counts_);
  }
  /// A uniform number for the token after those noted; streams of different names are independent.
  double uniform(const char* stream) const { return random_fraction(Key{options_.seed}.fold(stream), written_); }
  template <class S>
  std::int32_t sample(std::span<const S> logits) const {
    return distribution(logits).draw(uniform("sample"));
  }
  /// The text's next token is this one.
  void note(std::int32_t token) {
    ++counts_[token];
    ++written_;
  }

 private:
  SamplingOptions options_;
  TokenCounts counts_;
  std::uint64_t written_ = 0;
};

}  // namespace hadal
