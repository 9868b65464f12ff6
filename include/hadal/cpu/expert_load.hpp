// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/view.hpp>

#include <algorithm>
#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// load: (B, E / group)  indices: (B * L, K). Counts the tokens of each sequence that choose at least one expert of
/// each run of `group` neighbours; a token's experts are distinct, so with group = 1 these are the loads of the
/// experts.
inline void expert_load_forward(Device, View<std::int32_t> load, View<const std::int32_t> indices, std::int64_t group) {
  const std::int64_t sequences = load.rows(), tokens = indices.rows() / sequences, k = indices.columns();
  parallel_for(sequences, 1 + 16384 / (tokens * k + 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      std::int32_t* count = load.row(b);
      std::fill_n(count, load.columns(), 0);
      for (std::int64_t t = b * tokens; t < (b + 1) * tokens; ++t) {
        const std::int32_t* chosen = indices.row(t);
        for (std::int64_t i = 0; i < k; ++i) {
          HADAL_CHECK(chosen[i] >= 0 && chosen[i] < load.columns() * group, IndexError, "expert_load: token ", t,
                      " chooses expert ", chosen[i], " of ", load.columns() * group);
          const std::int64_t to = chosen[i] / group;
          const bool counted = group > 1 && std::any_of(chosen, chosen + i, [&](auto e) { return e / group == to; });
          if (!counted) ++count[to];
        }
      }
    }
  });
}

/// y: (...)  load: (..., E). max(load) / mean(load) - 1, and 0 where nothing was counted.
template <class I>
void max_violation_forward(Device, View<float> y, View<const I> load) {
  const std::int64_t experts = load.columns();
  for (std::int64_t r = 0; r < load.rows(); ++r) {
    std::int64_t sum = 0, largest = 0;
    for (std::int64_t e = 0; e < experts; ++e) {
      const std::int64_t count = load.row(r)[e];
      sum += count;
      largest = std::max(largest, count);
    }
    const double mean = static_cast<double>(sum) / static_cast<double>(experts);
    y.data[r] = sum > 0 ? static_cast<float>((static_cast<double>(largest) - mean) / mean) : 0.0f;
  }
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
