// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/adamw.hpp>

#include <vector>

using namespace hadal;

namespace {

/// Ten steps against the formula in double; returns the largest difference.
template <class T>
double worst_difference(double lr, double decay) {
  using A = Accumulator<T>;
  const std::int64_t n = 37;  // packets and a rest
  const Shape shape{n};
  const auto size = static_cast<std::size_t>(n);
  std::vector<A> value(size), m(size), v(size), g(size);
  std::vector<T> weight(size);
  std::vector<double> w(size), dm(size), dv(size);
  for (std::size_t i = 0; i < size; ++i) w[i] = value[i] = static_cast<A>(0.5 - 0.03 * static_cast<double>(i));
  for (std::size_t i = 0; i < size; ++i) w[i] = static_cast<double>(value[i]);
  constexpr bool master = !std::is_same_v<A, T>;
  for (int t = 1; t <= 10; ++t) {
    for (std::size_t i = 0; i < size; ++i) {
      g[i] = static_cast<A>(std::sin(static_cast<double>(i) * 1.7 + t * 0.9) * (i % 5 ? 1.0 : 1e-4));
      const auto gi = static_cast<double>(g[i]);
      dm[i] = 0.9 * dm[i] + 0.1 * gi;
      dv[i] = 0.95 * dv[i] + 0.05 * gi * gi;
      w[i] -= lr * decay * w[i];
      w[i] -= lr * (dm[i] / (1 - std::pow(0.9, t))) / (std::sqrt(dv[i] / (1 - std::pow(0.95, t))) + 1e-8);
    }
    adamw(Cpu{}, View<A>{value.data(), shape, n}, master ? View<T>{weight.data(), shape, n} : View<T>{},
          View<A>{m.data(), shape, n}, View<A>{v.data(), shape, n}, View<const A>{g.data(), shape, n}, lr, decay, 0.9,
          0.95, 1e-8, 1 - std::pow(0.9, t), 1 - std::pow(0.95, t));
  }
  double worst = 0;
  for (std::size_t i = 0; i < size; ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(value[i]) - w[i]));
    if (master) CHECK(weight[i] == static_cast<T>(value[i]));
  }
  return worst;
}

}  // namespace

TEST_CASE("adamw follows its formula over ten steps") {
  CHECK(worst_difference<double>(0.01, 0.1) < 1e-14);
  CHECK(worst_difference<float>(0.01, 0.1) < 1e-6);  // ten steps of a few roundings of numbers below 1
  CHECK(worst_difference<float>(0.01, 0) < 1e-6);
  CHECK(worst_difference<bf16>(0.01, 0.1) < 1e-6);  // the master, not the weight
}
