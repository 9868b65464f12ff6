// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/top_k.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// chosen: (N, K)  scores: (N, E)  bias: (E) or empty. Only the topk_group best of n_group runs of neighbouring experts
/// may be chosen from; a group scores the sum of its `terms` largest biased scores.
template <class T>
void choose_experts_forward(Device, View<std::int32_t> chosen, View<const T> scores, View<const float> bias,
                            std::int64_t n_group, std::int64_t topk_group, std::int64_t terms) {
  const std::int64_t experts = scores.columns(), size = experts / n_group;
  parallel_for(scores.rows(), 1 + 16384 / experts, [&](std::int64_t begin, std::int64_t end) {
    Scratch<T> biased(experts), group_score(n_group);
    Scratch<std::int32_t> top(terms), kept(topk_group);
    for (std::int64_t n = begin; n < end; ++n) {
      std::copy_n(scores.row(n), experts, biased.data());
      if (bias.data)
        for (std::int64_t e = 0; e < experts; ++e) biased[e] += static_cast<T>(bias.data[e]);
      if (topk_group < n_group) {
        for (std::int64_t g = 0; g < n_group; ++g) {
          const T* group = biased.data() + g * size;
          select_top(top.data(), group, size, terms);
          group_score[g] = T{0};
          for (std::int64_t i = 0; i < terms; ++i) group_score[g] += group[top[i]];
        }
        select_top(kept.data(), group_score.data(), n_group, topk_group);
        // Minus infinity, not zero: biased scores may be negative.
        for (std::int64_t g = 0; g < n_group; ++g)
          if (std::find(kept.data(), kept.data() + topk_group, g) == kept.data() + topk_group)
            std::fill_n(biased.data() + g * size, size, -std::numeric_limits<T>::infinity());
      }
      select_top(chosen.row(n), biased.data(), experts, chosen.columns());
    }
  });
}

/// weights: (N, K)  scores: (N, E)  chosen: (N, K). weights = scale * s / (sum of s + 1e-20) for the chosen scores s if
/// `normalise`, else scale * s.
template <class T>
void expert_weights_forward(Device, View<T> weights, View<const T> scores, View<const std::int32_t> chosen,
                            double scale, bool normalise) {
  const std::int64_t k = chosen.columns();
  parallel_for(chosen.rows(), 1 + 32768 / k, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      T sum{1};
      if (normalise) {
        sum = static_cast<T>(1e-20);
        for (std::int64_t i = 0; i < k; ++i) sum += scores.row(n)[chosen.row(n)[i]];
      }
      const T factor = static_cast<T>(scale) / sum;
      for (std::int64_t i = 0; i < k; ++i) weights.row(n)[i] = factor * scores.row(n)[chosen.row(n)[i]];
    }
  });
}

/// With a sum of chosen scores, the gradient of each is less the mean of all, weighted by the normalised scores.
template <class T>
void expert_weights_backward(Device, GradView<T> dscores, View<const T> dweights, View<const T> scores,
                             View<const std::int32_t> chosen, double scale, bool normalise) {
  const std::int64_t k = chosen.columns(), experts = scores.columns();
  parallel_for(chosen.rows(), 1 + 32768 / experts, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const T *s = scores.row(n), *dw = dweights.row(n);
      T *d = dscores.view.row(n), sum{1}, mean{0};
      if (!dscores.add) std::fill_n(d, experts, T{0});
      if (normalise) {
        sum = static_cast<T>(1e-20);
        for (std::int64_t i = 0; i < k; ++i) {
          sum += s[chosen.row(n)[i]];
          mean += dw[i] * s[chosen.row(n)[i]];
        }
        mean /= sum;
      }
      const T factor = static_cast<T>(scale) / sum;
      for (std::int64_t i = 0; i < k; ++i) d[chosen.row(n)[i]] += factor * (dw[i] - mean);
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
