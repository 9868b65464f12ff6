// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>
#include <hadal/cpu/index_select.hpp>

#include <vector>

using namespace hadal;

TEST_CASE("index_select copies rows and its backward adds them") {
  const std::int64_t N = 7, K = 300, C = 257;
  std::vector<float> x(2 * N * C), y(2 * K * C), dx(2 * N * C), expected(2 * N * C);
  std::vector<std::int32_t> at(K);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 1009);
  for (std::int64_t k = 0; k < K; ++k) at[k] = static_cast<std::int32_t>(k * k % N);
  const View<const std::int32_t> index{at.data(), {K}, K};
  index_select_forward(Cpu{}, View<float>{y.data(), {2, K, C}, C}, {x.data(), {2, N, C}, C}, index);
  index_select_backward(Cpu{}, View<float>{dx.data(), {2, N, C}, C}, View<const float>{y.data(), {2, K, C}, C}, index);
  int wrong = 0;
  for (int o = 0; o < 2; ++o)
    for (std::int64_t k = 0; k < K; ++k)
      for (std::int64_t c = 0; c < C; ++c) {
        wrong += y[(o * K + k) * C + c] != x[(o * N + at[k]) * C + c];
        expected[(o * N + at[k]) * C + c] += y[(o * K + k) * C + c];
      }
  CHECK(wrong == 0);
  CHECK(dx == expected);
}

TEST_CASE("an index out of range is named") {
  float x = 1, y = 0;
  const std::int32_t at = -1;
  CHECK_THROWS_WITH_AS(index_select_forward(Cpu{}, View<float>{&y, {1, 1, 1}, 1}, {&x, {1, 1, 1}, 1}, {&at, {1}, 1}),
                       "index_select: index -1 at position 0 is out of range for 1 elements along the axis",
                       IndexError);
}
