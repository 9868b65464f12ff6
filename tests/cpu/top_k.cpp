// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/top_k.hpp>

#include <hadal/core/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

namespace top_k_kernel_test {
using namespace hadal;

std::vector<std::int32_t> by_sorting(const std::vector<float>& s, std::int64_t k) {
  std::vector<std::int32_t> order(s.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return s[static_cast<std::size_t>(a)] > s[static_cast<std::size_t>(b)];
  });
  order.resize(static_cast<std::size_t>(k));
  return order;
}

TEST_CASE("the kernel agrees with a stable sort, ties and strided rows included") {
  for (std::int64_t n : {1, 2, 7, 33})
    for (std::int64_t k : {std::int64_t{1}, (n + 1) / 2, n}) {
      const std::int64_t rows = 5, stride = n + 3;
      std::vector<float> scores(static_cast<std::size_t>(rows * stride), 99.0f);
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t i = 0; i < n; ++i)  // few distinct values, so that many are equal
          scores[static_cast<std::size_t>(r * stride + i)] =
              static_cast<float>(random_below(Key{3}, static_cast<std::uint64_t>(r * n + i), 4)) - 2.0f;
      std::vector<float> values(static_cast<std::size_t>(rows * k));
      std::vector<std::int32_t> indices(static_cast<std::size_t>(rows * k));
      cpu::top_k_forward(Cpu{}, View<float>{values.data(), {rows, k}, k},
                         View<std::int32_t>{indices.data(), {rows, k}, k},
                         View<const float>{scores.data(), {rows, n}, stride});
      for (std::int64_t r = 0; r < rows; ++r) {
        const std::vector<float> row(scores.begin() + r * stride, scores.begin() + r * stride + n);
        const auto expected = by_sorting(row, k);
        for (std::int64_t i = 0; i < k; ++i) {
          const std::int32_t index = indices[static_cast<std::size_t>(r * k + i)];
          CHECK(index == expected[static_cast<std::size_t>(i)]);
          CHECK(values[static_cast<std::size_t>(r * k + i)] == row[static_cast<std::size_t>(index)]);
        }
      }
    }
}

TEST_CASE("a NaN is chosen first and infinities are ordered") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float scores[5] = {-inf, 1.0f, nan, inf, nan};
  std::int32_t chosen[5];
  cpu::select_top(chosen, scores, 5, 5);
  CHECK(std::vector<std::int32_t>(chosen, chosen + 5) == std::vector<std::int32_t>{2, 4, 3, 1, 0});
}

TEST_CASE("backward writes or adds at the chosen entries, also in a wider type") {
  const std::int32_t indices[4] = {2, 0, 1, 2};
  const bf16 dvalues[4] = {bf16(1.0f), bf16(2.0f), bf16(3.0f), bf16(4.0f)};
  float d[6] = {10, 20, 30, 40, 50, 60};
  const View<const bf16> dv{dvalues, {2, 2}, 2};
  const View<const std::int32_t> at{indices, {2, 2}, 2};
  cpu::top_k_backward(Cpu{}, GradView<float>{{d, {2, 3}, 3}, true}, dv, at);
  CHECK(std::vector<float>(d, d + 6) == std::vector<float>{12, 20, 31, 40, 53, 64});
  cpu::top_k_backward(Cpu{}, GradView<float>{{d, {2, 3}, 3}, false}, dv, at);
  CHECK(std::vector<float>(d, d + 6) == std::vector<float>{2, 0, 1, 0, 3, 4});
}

}  // namespace top_k_kernel_test
