// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>
#include <hadal/core/workspace.hpp>

#include <algorithm>
#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// loss: ()  scores: (B * L, E)  load: (B, E / group)
/// loss = factor * sum over b, t, e of load[b, e / group] * p[b, t, e], where p are the scores, or the scores of a
/// token divided by their sum if `normalise`. Summed per sequence over t, then over e, then over b.
template <class T>
void balance_loss_forward(Device, View<T> loss, View<const T> scores, View<const std::int32_t> load, double factor,
                          bool normalise) {
  const std::int64_t sequences = load.rows(), experts = scores.columns(), group = experts / load.columns();
  const std::int64_t tokens = scores.rows() / sequences;
  Scratch<double> part(sequences);
  parallel_for(sequences, 1 + 32768 / (tokens * experts + 1), [&](std::int64_t begin, std::int64_t end) {
    Scratch<double> sum(experts);
    for (std::int64_t b = begin; b < end; ++b) {
      std::fill_n(sum.data(), experts, 0.0);
      for (std::int64_t t = b * tokens; t < (b + 1) * tokens; ++t) {
        const T* s = scores.row(t);
        double total = normalise ? 0 : 1;
        for (std::int64_t e = 0; normalise && e < experts; ++e) total += static_cast<double>(s[e]);
        for (std::int64_t e = 0; e < experts; ++e) sum[e] += static_cast<double>(s[e]) / total;
      }
      part[b] = 0;
      for (std::int64_t e = 0; e < experts; ++e) part[b] += load.row(b)[e / group] * sum[e];
    }
  });
  double y = 0;
  for (std::int64_t b = 0; b < sequences; ++b) y += part[b];
  *loss.data = static_cast<T>(factor * y);
}

/// dscores[b, t, e] = dloss * factor * load[b, e / group]; if `normalise`, less the mean of the loads over the token's
/// scores, and divided by their sum.
template <class T>
void balance_loss_backward(Device, GradView<T> dscores, View<const T> dloss, View<const T> scores,
                           View<const std::int32_t> load, double factor, bool normalise) {
  const std::int64_t sequences = load.rows(), experts = scores.columns(), group = experts / load.columns();
  const std::int64_t tokens = scores.rows() / sequences;
  const double scale = static_cast<double>(*dloss.data) * factor;
  parallel_for(scores.rows(), 1 + 32768 / experts, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int32_t* count = load.row(t / tokens);
      const T* s = scores.row(t);
      double mean = 0, total = 1;
      if (normalise) {
        total = 0;
        for (std::int64_t e = 0; e < experts; ++e) {
          total += static_cast<double>(s[e]);
          mean += count[e / group] * static_cast<double>(s[e]);
        }
        mean /= total;
      }
      T* d = dscores.view.row(t);
      for (std::int64_t e = 0; e < experts; ++e) {
        const double before = dscores.add ? static_cast<double>(d[e]) : 0.0;
        d[e] = static_cast<T>(before + scale * (count[e / group] - mean) / total);
      }
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
