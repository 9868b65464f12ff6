// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/muon.hpp>

#include <hadal/core/random.hpp>

#include <vector>

using namespace hadal;

TEST_CASE("muon: momentum, Newton-Schulz, decay, step; stacks, masters") {
  const std::vector<std::array<double, 3>> steps(5, {3.4445, -4.7750, 2.0315});
  const Shape shape{3, 5, 4};
  const std::int64_t n = shape.size();
  const auto size = static_cast<std::size_t>(n);
  for (bool nesterov : {true, false}) {
    std::vector<float> w(size), b(size), g(size), rw(size), rb(size);
    std::vector<bf16> rounded(size);
    for (std::size_t i = 0; i < size; ++i) w[i] = random_uniform(Key{1}, i);
    rw = w;
    for (std::uint64_t t = 0; t < 3; ++t) {
      for (std::size_t i = 0; i < size; ++i) g[i] = random_uniform(Key{2}.fold(t), i) - 0.5f;
      muon(Cpu{}, View<float>{w.data(), shape, 4}, View<bf16>{rounded.data(), shape, 4},
           View<float>{b.data(), shape, 4}, View<const float>{g.data(), shape, 4}, 0.02, 0.001, 0.95, nesterov,
           std::span(steps));
      std::vector<double> u(size);
      for (std::size_t i = 0; i < size; ++i) {
        rb[i] = 0.95f * rb[i] + g[i];
        u[i] = nesterov ? g[i] + 0.95 * rb[i] : rb[i];
      }
      newton_schulz(Cpu{}, View<double>{u.data(), shape, 4}, std::span(steps));
      for (std::size_t i = 0; i < size; ++i) {
        rw[i] = static_cast<float>((1 - 0.001) * rw[i] - 0.02 * u[i]);
        REQUIRE(w[i] == doctest::Approx(rw[i]).epsilon(1e-5));
        REQUIRE(rounded[i].bits == bf16(w[i]).bits);
      }
    }
  }
}
