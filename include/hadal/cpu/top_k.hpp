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

/// Writes the indices of the k largest of n scores, the largest first and equal ones by index. A NaN counts as larger
/// than any number, so it is seen rather than lost. Insertion into the few kept so far: most scores cost one compare.
template <class T>
void select_top(std::int32_t* chosen, const T* scores, std::int64_t n, std::int64_t k) {
  const auto above = [](auto a, auto b) { return a > b || (a != a && b == b); };
  const Scratch<Accumulator<T>> kept(k);  // the scores of the chosen
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Accumulator<T> score = scores[i];
    if (count == k && !above(score, kept[k - 1])) continue;
    std::int64_t at = count < k ? count++ : k - 1;
    for (; at > 0 && above(score, kept[at - 1]); --at) chosen[at] = chosen[at - 1], kept[at] = kept[at - 1];
    chosen[at] = static_cast<std::int32_t>(i), kept[at] = score;
  }
}

/// values: (..., K)  indices: (..., K)  scores: (..., E)
template <class T>
void top_k_forward(Device, View<T> values, View<std::int32_t> indices, View<const T> scores) {
  const std::int64_t k = values.columns(), n = scores.columns();
  parallel_for(scores.rows(), 1 + 65536 / n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      select_top(indices.row(r), scores.row(r), n, k);
      for (std::int64_t i = 0; i < k; ++i) values.row(r)[i] = scores.row(r)[indices.row(r)[i]];
    }
  });
}

/// dscores[indices] = dvalues, 0 elsewhere.
template <class T, class G>
void top_k_backward(Device, GradView<G> dscores, View<const T> dvalues, View<const std::int32_t> indices) {
  const std::int64_t k = dvalues.columns(), n = dscores.view.columns();
  parallel_for(dscores.view.rows(), 1 + 65536 / n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      G* d = dscores.view.row(r);
      if (!dscores.add) std::fill_n(d, n, G{});
      for (std::int64_t i = 0; i < k; ++i) {
        G& entry = d[indices.row(r)[i]];
        entry = static_cast<G>(static_cast<Accumulator<G>>(entry) + static_cast<Accumulator<G>>(dvalues.row(r)[i]));
      }
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
