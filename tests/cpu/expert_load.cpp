// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/expert_load.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace expert_load_kernel_test {
using namespace hadal;
using Counts = std::vector<std::int32_t>;

Counts load(const std::vector<std::int32_t>& indices, std::int64_t k, std::int64_t experts, std::int64_t sequences,
            std::int64_t group) {
  const auto rows = static_cast<std::int64_t>(indices.size()) / k, columns = experts / group;
  Counts count(static_cast<std::size_t>(sequences * columns), -1);
  cpu::expert_load_forward(Cpu{}, View<std::int32_t>{count.data(), {sequences, columns}, columns},
                           View<const std::int32_t>{indices.data(), {rows, k}, k}, group);
  return count;
}

TEST_CASE("loads count tokens per expert, per sequence and per group of experts") {
  const std::vector<std::int32_t> indices = {0, 3, /**/ 3, 2, /**/ 1, 0, /**/ 3, 1};
  CHECK(load(indices, 2, 4, 1, 1) == Counts{2, 2, 1, 3});
  CHECK(load(indices, 2, 5, 2, 1) == Counts{1, 0, 1, 2, 0, /**/ 1, 2, 0, 1, 0});
  CHECK(load(indices, 2, 4, 1, 2) == Counts{3, 3});  // the second token goes to the upper pair once, not twice
}

TEST_CASE("an expert that does not exist is an error") {
  CHECK_THROWS_WITH_AS(load({0, 4}, 2, 4, 1, 1), "expert_load: token 0 chooses expert 4 of 4", IndexError);
  CHECK_THROWS_AS(load({-1, 1}, 2, 4, 1, 1), IndexError);
}

TEST_CASE("the largest load above the mean, in units of the mean") {
  const std::int64_t load[8] = {3, 1, 2, 2, /**/ 0, 0, 0, 0};
  float y[2] = {-1, -1};
  cpu::max_violation_forward(Cpu{}, View<float>{y, {2}, 2}, View<const std::int64_t>{load, {2, 4}, 4});
  CHECK(y[0] == 0.5f);
  CHECK(y[1] == 0.0f);
}

}  // namespace expert_load_kernel_test
