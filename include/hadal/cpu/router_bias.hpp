// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/view.hpp>

#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// bias: (E)  load: (E). bias += gamma * (sign(mean(load) - load) - m), where m is the mean of the signs if
/// mean_corrected, else 0. The comparison with the mean is made in integers, so it is exact.
template <class I>
void router_bias_update(Device, View<float> bias, View<const I> load, double gamma, bool mean_corrected) {
  const std::int64_t experts = load.size();
  std::int64_t sum = 0;
  for (std::int64_t e = 0; e < experts; ++e) sum += load.data[e];
  const auto sign = [&](std::int64_t e) {
    const std::int64_t above_mean = experts * static_cast<std::int64_t>(load.data[e]) - sum;
    return static_cast<std::int64_t>(above_mean < 0) - static_cast<std::int64_t>(above_mean > 0);
  };
  std::int64_t signs = 0;
  for (std::int64_t e = 0; e < experts; ++e) signs += sign(e);
  const double drift = mean_corrected ? static_cast<double>(signs) / static_cast<double>(experts) : 0.0;
  for (std::int64_t e = 0; e < experts; ++e)
    bias.data[e] = static_cast<float>(bias.data[e] + gamma * (static_cast<double>(sign(e)) - drift));
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
