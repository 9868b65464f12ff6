// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/router_bias.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace router_bias_kernel_test {
using namespace hadal;

std::vector<float> update(std::vector<float> bias, const std::vector<std::int32_t>& load, double gamma,
                          bool corrected) {
  const auto n = static_cast<std::int64_t>(bias.size());
  cpu::router_bias_update(Cpu{}, View<float>{bias.data(), {n}, n}, View<const std::int32_t>{load.data(), {n}, n}, gamma,
                          corrected);
  return bias;
}

TEST_CASE("the bias moves one step against the load") {
  // mean 3.25: no load equals it, though 3 is what integer division would give
  CHECK(update({1, 0, 0, -1}, {9, 0, 1, 3}, 0.25, false) == std::vector<float>{0.75f, 0.25f, 0.25f, -0.75f});
  CHECK(update({1, 2, 3}, {4, 2, 3}, 0.5, false) == std::vector<float>{0.5f, 2.5f, 3});
  CHECK(update({1, 2}, {0, 0}, 0.5, true) == std::vector<float>{1, 2});
}

TEST_CASE("with the mean of the signs taken off, the sum of the biases stays") {
  // signs -1, 1, 1, 1 with mean 0.5
  CHECK(update({0, 0, 0, 0}, {9, 0, 1, 2}, 1, true) == std::vector<float>{-1.5f, 0.5f, 0.5f, 0.5f});
}

}  // namespace router_bias_kernel_test
