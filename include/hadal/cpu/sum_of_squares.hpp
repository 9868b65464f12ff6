// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>
#include <hadal/core/workspace.hpp>
#include <hadal/cpu/map.hpp>

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
      // Four independent sums of a width that is the same on every machine.
      constexpr int width = 8, ways = 4;
      using Wide = LanesOf<double, width * sizeof(double)>::type;
      Wide part[ways] = {};
      const auto add = [&](Wide& to, const T* p, std::int64_t n) {
        Accumulator<T> v[width] = {};
        for (std::int64_t k = 0; k < n; ++k) v[k] = p[k];
        typename LanesOf<Accumulator<T>, sizeof v>::type narrow;
        __builtin_memcpy(&narrow, v, sizeof v);
        const Wide w = __builtin_convertvector(narrow, Wide);
        to += w * w;
      };
      std::int64_t i = b * block;
      const std::int64_t end = std::min(n, i + block);
      for (; i + ways * width <= end; i += ways * width) {
        for (int k = 0; k < ways; k += 2) __builtin_prefetch(x.data + i + 2048 + k * width);
        for (int k = 0; k < ways; ++k) add(part[k], x.data + i + k * width, width);
      }
      for (; i < end; i += width) add(part[0], x.data + i, std::min<std::int64_t>(width, end - i));
      const Wide all = (part[0] + part[1]) + (part[2] + part[3]);
      double sum = 0;
      for (int k = 0; k < width; ++k) sum += all[k];
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
  detail::cut_row(x.size(), [&](std::int64_t begin, std::int64_t end) {
    detail::map_dense([f](auto v) { return f * v; }, x.data + begin, false, end - begin,
                      static_cast<const T*>(x.data + begin));
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
