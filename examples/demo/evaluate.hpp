// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include "corpus.hpp"

#include <hadal/models/deepseek/model.hpp>
#include <hadal/ops/cross_entropy.hpp>

#include <numeric>

/// What the held-out text says of a model.
struct Evaluation {
  double bits_per_byte = 0;
  std::vector<std::vector<double>> load;  // per layer: tokens that each expert got

  static double violation(const std::vector<double>& load) {
    const double mean = std::accumulate(load.begin(), load.end(), 0.0) / static_cast<double>(load.size());
    return *std::max_element(load.begin(), load.end()) / mean - 1;
  }
  /// (largest load - mean load) / mean load, averaged over layers.
  double maxvio() const {
    double sum = 0;
    for (const auto& layer : load) sum += violation(layer);
    return load.empty() ? 0 : sum / static_cast<double>(load.size());
  }
  double worst() const {
    double most = 0;
    for (const auto& layer : load) most = std::max(most, violation(layer));
    return most;
  }
};

/// Every held-out token is predicted once, from the L/2 to L tokens before it; the first ones see the end of the
/// training text. The router's bias stands still.
inline Evaluation evaluate(const hadal::DeepSeek<>& model, const Corpus& corpus, std::int64_t L) {
  using namespace hadal;
  const GradMode off(false);
  const std::int64_t S = L / 2, rows = 16, n = std::ssize(corpus.held_out), windows = (n + S - 1) / S;
  std::vector<std::int32_t> all(static_cast<std::size_t>(std::min(L, corpus.train.size())));
  corpus.train.read(corpus.train.size() - std::ssize(all), all);
  all.insert(all.begin(), static_cast<std::size_t>(L) - all.size(), 0);
  all.insert(all.end(), corpus.held_out.begin(), corpus.held_out.end());

  Evaluation result;
  double nats = 0;
  for (std::int64_t w = 0; w < windows; w += rows) {
    const std::int64_t b = std::min(rows, windows - w);
    std::vector<std::int32_t> ids, targets;
    for (std::int64_t i = w; i < w + b; ++i) {
      const std::int64_t end = L + (i + 1) * S;  // targets are the S tokens before it
      const auto at = [&](std::int64_t p, std::int32_t past) {
        return p < std::ssize(all) ? all[static_cast<std::size_t>(p)] : past;
      };
      for (std::int64_t p = end - L - 1; p < end - 1; ++p) ids.push_back(at(p, 0));
      for (std::int64_t p = end - S; p < end; ++p) targets.push_back(at(p, -100));
    }
    const auto hidden = model.hidden(Tensor<std::int32_t>::from(ids, {b, L}));
    const auto logits = model.logits(hidden.x.slice(1, L - S, L));
    for (float loss : cross_entropy_rows(logits, Tensor<std::int32_t>::from(targets, {b, S})).to_vector())
      nats += static_cast<double>(loss);
    result.load.resize(hidden.load.size());
    for (std::size_t layer = 0; layer < hidden.load.size(); ++layer) {
      const auto load = hidden.load[layer].to_vector();
      result.load[layer].resize(load.size());
      for (std::size_t e = 0; e < load.size(); ++e) result.load[layer][e] += load[e];
    }
  }
  result.bits_per_byte = nats / std::log(2.0) / corpus.held_out_bytes;
  return result;
}
