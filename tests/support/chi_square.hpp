// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace hadal::test {

/// How far counts are from what probabilities (adding to 1) lead one to expect: Pearson's chi-square, as deviations
/// from the mean of its distribution (Wilson and Hilferty 1931). Above 4 in one of 30,000 tests of a right program.
/// Cells expected less than 8 times are joined.
inline double chi_square_deviation(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  double total = 0, statistic = 0, cells = -1, rest_expected = 0, rest_count = 0;
  for (const double n : counts) total += n;
  const auto add = [&](double count, double expected) {
    if (expected <= 0) {
      if (count > 0) statistic = HUGE_VAL;  // what cannot happen did
      return;
    }
    statistic += (count - expected) * (count - expected) / expected;
    ++cells;
  };
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * probabilities[i];
    if (expected >= 8 || expected == 0) {
      add(counts[i], expected);
      if (expected == 0) continue;
    } else {
      rest_expected += expected;
      rest_count += counts[i];
    }
  }
  if (rest_expected > 0) add(rest_count, rest_expected);
  const double spread = 2 / (9 * cells);
  return (std::cbrt(statistic / cells) - (1 - spread)) / std::sqrt(spread);
}

}  // namespace hadal::test
