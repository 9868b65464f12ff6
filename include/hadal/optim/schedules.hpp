// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hadal {

// Learning rates as functions of the step, counted from 0. All warm up linearly: step s < warmup gets
// peak (s + 1) / warmup. Past the end they stay at their last value.

namespace detail {

inline double warm(double peak, std::int64_t warmup, std::int64_t step) {
  return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
}
/// How far `step` is between begin and end, within [0, 1].
inline double share(std::int64_t step, std::int64_t begin, std::int64_t end) {
  return end > begin ? std::clamp(static_cast<double>(step - begin) / static_cast<double>(end - begin), 0.0, 1.0) : 1.0;
}
inline double cosine(double from, double to, double share) {
  return to + (from - to) * 0.5 * (1 + std::cos(3.14159265358979323846 * share));
}
inline void check_order(const char* schedule, std::int64_t a, std::int64_t b, const char* rule) {
  HADAL_CHECK(0 <= a && a <= b, ValueError, schedule, ": ", rule, ", got ", a, " and ", b);
}

}  // namespace detail

/// From peak along half a cosine to `floor` at step `total`. Source: Loshchilov & Hutter 2017.
struct WarmupCosine {
  double peak = 0;
  std::int64_t warmup = 0, total = 0;
  double floor = 0;

  double operator()(std::int64_t step) const {
    detail::check_order("WarmupCosine", warmup, total, "0 <= warmup <= total");
    if (step < warmup) return detail::warm(peak, warmup, step);
    return detail::cosine(peak, floor, detail::share(step, warmup, total));
  }
};

/// Constant at peak until the last `decay` steps, which fall to `floor`: linearly, or with 1 - sqrt(share).
/// Source: Hu et al. 2024; the square root: Hägele et al. 2024.
struct WarmupStableDecay {
  enum class Fall { linear, one_minus_sqrt };
  double peak = 0;
  std::int64_t warmup = 0, decay = 0, total = 0;
  double floor = 0;
  Fall fall = Fall::linear;

  double operator()(std::int64_t step) const {
    detail::check_order("WarmupStableDecay", warmup, total - decay, "0 <= warmup <= total - decay");
    if (step < warmup) return detail::warm(peak, warmup, step);
    if (step < total - decay) return peak;
    const double s = detail::share(step, total - decay, total);
    return floor + (peak - floor) * (1 - (fall == Fall::linear ? s : std::sqrt(s)));
  }
};

/// Constant, multiplied by `factor` at two shares of the run. Source: DeepSeek-V2, section 3.1.2.
struct WarmupSteps {
  double peak = 0;
  std::int64_t warmup = 0, total = 0;
  double first = 0.6, second = 0.9, factor = 0.316;

  double operator()(std::int64_t step) const {
    detail::check_order("WarmupSteps", warmup, total, "0 <= warmup <= total");
    HADAL_CHECK(0 <= first && first <= second, ValueError, "WarmupSteps: 0 <= first <= second, got ", first, " and ",
                second);
    if (step < warmup) return detail::warm(peak, warmup, step);
    const auto at = static_cast<double>(step), n = static_cast<double>(total);
    return peak * (at >= first * n ? factor : 1.0) * (at >= second * n ? factor : 1.0);
  }
};

/// Constant at peak for `constant` steps (the warm-up among them), along half a cosine to `low` over `cosine` steps,
/// constant there for `tail` steps, then at `last`. Source: DeepSeek-V3, section 4.2.
struct ConstantCosineConstant {
  double peak = 0, low = 0, last = 0;
  std::int64_t warmup = 0, constant = 0, cosine = 0, tail = 0;

  double operator()(std::int64_t step) const {
    detail::check_order("ConstantCosineConstant", warmup, constant, "0 <= warmup <= constant");
    if (step < warmup) return detail::warm(peak, warmup, step);
    if (step < constant) return peak;
    if (step < constant + cosine) return detail::cosine(peak, low, detail::share(step, constant, constant + cosine));
    return step < constant + cosine + tail ? low : last;
  }
};

}  // namespace hadal
