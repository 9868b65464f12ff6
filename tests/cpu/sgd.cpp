// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/sgd.hpp>

#include <cmath>
#include <vector>

using namespace hadal;

TEST_CASE("sgd follows its formula, plain, with momentum and Nesterov's") {
  const std::int64_t n = 19;
  const Shape shape{n};
  for (double mu : {0.0, 0.9})
    for (bool nesterov : {false, true}) {
      std::vector<double> w(19), b(19), g(19), ref(19), rb(19);
      for (std::size_t i = 0; i < 19; ++i) ref[i] = w[i] = 1 - 0.1 * static_cast<double>(i);
      for (int t = 0; t < 10; ++t) {
        for (std::size_t i = 0; i < 19; ++i) {
          g[i] = std::cos(static_cast<double>(i) + t);
          rb[i] = mu * rb[i] + g[i];
          const double u = mu == 0 ? g[i] : nesterov ? g[i] + mu * rb[i] : rb[i];
          ref[i] = (1 - 0.05 * 0.2) * ref[i] - 0.05 * u;
        }
        sgd(Cpu{}, View<double>{w.data(), shape, n}, View<double>{},
            mu == 0 ? View<double>{} : View<double>{b.data(), shape, n}, View<const double>{g.data(), shape, n}, 0.05,
            0.2, mu, nesterov);
      }
      for (std::size_t i = 0; i < 19; ++i) CHECK(std::abs(w[i] - ref[i]) < 1e-13);
    }
}
