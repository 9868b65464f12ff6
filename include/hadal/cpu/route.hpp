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

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
