// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/sum_of_squares.hpp>

#include <hadal/core/random.hpp>

#include <cmath>
#include <vector>

// labels: tsan

using namespace hadal;

TEST_CASE("sum_of_squares: right, and the same bits for any number of threads") {
  for (std::int64_t n : {0, 1, 9, 16384, 100003}) {
    std::vector<float> x(static_cast<std::size_t>(n));
    long double expected = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = random_uniform(Key{3}, i) - 0.5f;
      expected += static_cast<long double>(x[i]) * x[i];
    }
    const View<const float> view{x.data(), {n}, n};
    set_threads(1);
    const double one = sum_of_squares(Cpu{}, view);
    set_threads(3);
    CHECK(sum_of_squares(Cpu{}, view) == one);
    CHECK(std::abs(one - static_cast<double>(expected)) <= 1e-13 * static_cast<double>(expected));
  }
  set_threads(2);
}

TEST_CASE("sum_of_squares neither overflows float nor hides NaN") {
  std::vector<float> x{3e30f, 4e30f};
  CHECK(sum_of_squares(Cpu{}, View<const float>{x.data(), {2}, 2}) == doctest::Approx(25e60));
  x[1] = std::nanf("");
  CHECK(std::isnan(sum_of_squares(Cpu{}, View<const float>{x.data(), {2}, 2})));
}

TEST_CASE("scale_in_place") {
  std::vector<float> x{1, -2, 8};
  scale_in_place(Cpu{}, View<float>{x.data(), {3}, 3}, 0.25);
  CHECK(x == std::vector<float>{0.25f, -0.5f, 2});
}
