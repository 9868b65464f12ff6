// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/random.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>

#include <atomic>
#include <cmath>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y[i] = mean + deviation * n_i, n_i the i-th standard normal of the key's stream.        y: dense
template <class T>
void fill_normal(Device, View<T> y, Key key, double mean, double deviation) {
  parallel_for(y.size(), 4096, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      y.data[i] = static_cast<T>(mean + deviation * random_normal(key, static_cast<std::uint64_t>(i)));
  });
}

/// y[i] = low + (high - low) * u_i, u_i the i-th uniform number of the key's stream.       y: dense
template <class T>
void fill_uniform(Device, View<T> y, Key key, double low, double high) {
  parallel_for(y.size(), 4096, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      y.data[i] =
          static_cast<T>(low + (high - low) * static_cast<double>(random_uniform(key, static_cast<std::uint64_t>(i))));
  });
}

/// True when no element is NaN or infinite.                                                x: dense
template <class T>
bool all_finite(Device, View<const T> x) {
  std::atomic<bool> ok{true};
  parallel_for(x.size(), 65536, [&](std::int64_t begin, std::int64_t end) {
    Accumulator<T> sum = 0;  // x - x is 0 for finite x, else NaN
    for (std::int64_t i = begin; i < end; ++i) {
      const auto v = static_cast<Accumulator<T>>(x.data[i]);
      sum += v - v;
    }
    if (!(sum == 0)) ok = false;
  });
  return ok;
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
