// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>
#include <hadal/core/workspace.hpp>

#include <algorithm>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// The sum of x^2 in double, where no float overflows; blocks of a fixed size, added in order.        x: dense
template <class T>
double sum_of_squares(Device, View<const T> x) {
  constexpr std::int64_t block = 16384;
  const std::int64_t n = x.size(), blocks = (n + block - 1) / block;
  Scratch<double> sums(blocks);
  parallel_for(blocks, 4, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      constexpr int ways = 8;  // independent sums, so that the loop vectorises
      double part[ways] = {};
      std::int64_t i = b * block;
      const std::int64_t end = std::min(n, i + block);
      for (; i + ways <= end; i += ways)
        for (int k = 0; k < ways; ++k) {
          const double v = static_cast<Accumulator<T>>(x.data[i + k]);
          part[k] += v * v;
        }
      for (int k = 0; i < end; ++i, ++k) {
        const double v = static_cast<Accumulator<T>>(x.data[i]);
        part[k] += v * v;
      }
      double sum = 0;
      for (double p : part) sum += p;
      sums[b] = sum;
    }
  });
  double total = 0;
  for (std::int64_t b = 0; b < blocks; ++b) total += sums[b];
  return total;
}

/// x *= factor        x: dense
template <class T>
void scale_in_place(Device, View<T> x, double factor) {
  const auto f = static_cast<Accumulator<T>>(factor);
  parallel_for(x.size(), 65536, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) x.data[i] = static_cast<T>(f * static_cast<Accumulator<T>>(x.data[i]));
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
