// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/gather.hpp>

#include <vector>

using namespace hadal;

TEST_CASE("gather and scatter_add along the middle axis") {
  const std::vector<float> x{0, 1, 2, 3, 4, 5, /**/ 10, 11, 12, 13, 14, 15};  // (2, 3, 2)
  const std::vector<std::int32_t> at{2, 0, 2, 1, /**/ 0, 1, 1, 1};            // (2, 2, 2)
  const View<const std::int32_t> index{at.data(), {2, 2, 2}, 2};
  std::vector<float> y(8), sums(12, 1.0f);
  gather_forward(Cpu{}, "gather", View<float>{y.data(), {2, 2, 2}, 2}, {x.data(), {2, 3, 2}, 2}, index);
  CHECK(y == std::vector<float>{4, 1, 4, 3, 10, 13, 12, 13});
  scatter_add(Cpu{}, "scatter_add", View<float>{sums.data(), {2, 3, 2}, 2}, View<const float>{y.data(), {2, 2, 2}, 2},
              index);
  CHECK(sums == std::vector<float>{1, 2, 1, 4, 9, 1, 11, 1, 13, 27, 1, 1});
}

TEST_CASE("an index out of range is named") {
  const float x[] = {1, 2};
  float y[] = {0, 0};
  const std::int32_t at[] = {1, 2};
  const View<const std::int32_t> index{at, {1, 2, 1}, 1};
  CHECK_THROWS_WITH_AS(gather_forward(Cpu{}, "gather", View<float>{y, {1, 2, 1}, 1}, {x, {1, 2, 1}, 1}, index),
                       "gather: index 2 at position 1 is out of range for 2 elements along the axis", IndexError);
  CHECK_THROWS_AS(scatter_add(Cpu{}, "gather", View<float>{y, {1, 2, 1}, 1}, View<const float>{x, {1, 2, 1}, 1}, index),
                  IndexError);
}
