// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/newton_schulz.hpp>

#include <hadal/core/random.hpp>

#include <vector>

// labels: tsan

using namespace hadal;

namespace {

constexpr std::array<double, 3> fast{3.4445, -4.7750, 2.0315};

std::vector<float> random_matrices(std::int64_t n) {
  std::vector<float> x(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = random_uniform(Key{11}, i) - 0.5f;
  return x;
}

/// The definition, plainly, in double.
std::vector<double> reference(const float* x, std::int64_t n, std::int64_t m, int steps) {
  std::vector<double> now(x, x + n * m), next(now.size());
  double norm = 0;
  for (double v : now) norm += v * v;
  for (double& v : now) v /= std::sqrt(norm) + 1e-7;
  const auto at = [m](auto& v, std::int64_t i, std::int64_t j) -> auto& {
    return v[static_cast<std::size_t>(i * m + j)];
  };
  std::vector<double> a(static_cast<std::size_t>(n * n));
  for (int s = 0; s < steps; ++s) {
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < m; ++k) sum += at(now, i, k) * at(now, j, k);
        a[static_cast<std::size_t>(i * n + j)] = sum;
      }
    const auto times_a = [&](const std::vector<double>& y) {
      std::vector<double> r(y.size());
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t k = 0; k < n; ++k)
          for (std::int64_t j = 0; j < m; ++j) at(r, i, j) += a[static_cast<std::size_t>(i * n + k)] * at(y, k, j);
      return r;
    };
    const std::vector<double> ax = times_a(now), aax = times_a(ax);
    for (std::size_t i = 0; i < now.size(); ++i) now[i] = fast[0] * now[i] + fast[1] * ax[i] + fast[2] * aax[i];
  }
  return now;
}

}  // namespace

TEST_CASE("newton_schulz follows its definition, wide, tall and larger than a block") {
  const std::vector<std::array<double, 3>> steps(5, fast);
  for (const auto& [n, m] : {std::pair{3, 7}, {7, 3}, {1, 5}, {70, 90}, {130, 65}}) {
    std::vector<float> x = random_matrices(n * m);
    const std::vector<float> before = x;
    newton_schulz(Cpu{}, View<float>{x.data(), {n, m}, m}, std::span(steps));
    std::vector<float> turned(before.size());
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < m; ++j)
        turned[static_cast<std::size_t>(j * n + i)] = before[static_cast<std::size_t>(i * m + j)];
    const std::vector<double> r = n <= m ? reference(before.data(), n, m, 5) : reference(turned.data(), m, n, 5);
    double difference = 0, norm = 0;
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < m; ++j) {
        const double expected = r[static_cast<std::size_t>(n <= m ? i * m + j : j * n + i)];
        difference += std::pow(x[static_cast<std::size_t>(i * m + j)] - expected, 2);
        norm += expected * expected;
      }
    CHECK(std::sqrt(difference / norm) < 1e-4);
  }
}

TEST_CASE("newton_schulz of a stack: each matrix for itself, the same bits for any number of threads") {
  const std::vector<std::array<double, 3>> steps(5, fast);
  const std::vector<float> x = random_matrices(5 * 40 * 24);
  std::vector<float> stack = x, single = x;
  set_threads(3);
  newton_schulz(Cpu{}, View<float>{stack.data(), {5, 40, 24}, 24}, std::span(steps));
  set_threads(1);
  for (int e = 0; e < 5; ++e)
    newton_schulz(Cpu{}, View<float>{single.data() + e * 960, {40, 24}, 24}, std::span(steps));
  CHECK(stack == single);
  std::vector<float> large = random_matrices(200 * 300), again = large;
  newton_schulz(Cpu{}, View<float>{large.data(), {200, 300}, 300}, std::span(steps));
  set_threads(3);
  newton_schulz(Cpu{}, View<float>{again.data(), {200, 300}, 300}, std::span(steps));
  CHECK(large == again);
  set_threads(2);
}

TEST_CASE("newton_schulz of zeros is zero, of nothing nothing") {
  const std::vector<std::array<double, 3>> steps(5, fast);
  std::vector<float> x(6);
  newton_schulz(Cpu{}, View<float>{x.data(), {2, 3}, 3}, std::span(steps));
  CHECK(x == std::vector<float>(6));
  newton_schulz(Cpu{}, View<float>{x.data(), {0, 2, 3}, 3}, std::span(steps));
}
