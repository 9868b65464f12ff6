// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/math.hpp>

#include <bit>
#include <cmath>
#include <limits>

using namespace hadal;

namespace {

/// The largest error of f against the reference in double, in units of the last place, over first, first + step, ..
template <class F, class R>
double worst_ulps(const F& f, const R& reference, float first, float last, float step) {
  constexpr int w = cpu::lane_count<float>;
  double worst = 0;
  for (float x = first; x < last; x += step * w) {
    float v[w];
    for (int k = 0; k < w; ++k) v[k] = x + step * static_cast<float>(k);
    const auto y = f(cpu::load_lanes(v));
    for (int k = 0; k < w; ++k) {
      const double expected = reference(static_cast<double>(v[k]));
      const double ulp = std::ldexp(1.0, std::max(-149, std::ilogb(expected) - 23));
      worst = std::max(worst, std::abs(static_cast<double>(y[k]) - expected) / ulp);
    }
  }
  return worst;
}

using M = cpu::Math<float>;

}  // namespace

TEST_CASE("vector functions of floats are good to a few units in the last place") {
  CHECK(worst_ulps([](auto x) { return M::exp(x); }, [](double x) { return std::exp(x); }, -87.0f, 88.2f, 0.0313f) < 5);
  CHECK(worst_ulps([](auto x) { return M::log(x); }, [](double x) { return std::log(x); }, 0.01f, 50.0f, 0.0113f) < 4);
  CHECK(worst_ulps([](auto x) { return M::tanh(x); }, [](double x) { return std::tanh(x); }, -9.5f, 9.5f, 0.0113f) < 8);
  CHECK(worst_ulps([](auto x) { return M::erf(x); }, [](double x) { return std::erf(x); }, -5.0f, 5.0f, 0.0013f) < 4);
  CHECK(worst_ulps([](auto x) { return M::sqrt(x); }, [](double x) { return std::sqrt(x); }, 0.01f, 50.0f, 0.0113f) <
        1);
}

TEST_CASE("exp goes to zero and to infinity") {
  const float inf = std::numeric_limits<float>::infinity();
  const auto at = [](float x) { return float(M::exp(cpu::Lanes<float>{} + x)[0]); };
  CHECK(at(89) == inf);
  CHECK(at(88.7f) < inf);
  CHECK(at(inf) == inf);
  CHECK(at(-200) == 0);
  CHECK(at(-inf) == 0);
  CHECK(at(0) == 1);
}

TEST_CASE("doubles go through the standard library") {
  const auto v = cpu::Math<double>::exp(cpu::Lanes<double>{} + 0.7);
  for (int k = 0; k < cpu::lane_count<double>; ++k) CHECK(v[k] == std::exp(0.7));
}
