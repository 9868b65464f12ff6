// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/random.hpp>
#include <hadal/cpu/product.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace hadal;

TEST_CASE("product: an element is the sum of its blocks, each summed in ascending order") {
  constexpr std::int64_t m = 3, n = 5, k = 2 * cpu::depth_block + 9;
  std::vector<float> a(m * k), b(k * n), c(m * n), t(m * n);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = random_uniform(Key{1}, i) - 0.5f;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = random_uniform(Key{2}, i) - 0.5f;
  const auto am = cpu::dense_matrix<const float>(a.data(), m, k), bm = cpu::dense_matrix<const float>(b.data(), k, n);
  cpu::product<float, float, float>(cpu::dense_matrix(c.data(), m, n), am, bm, false);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (std::int64_t k0 = 0; k0 < k; k0 += cpu::depth_block) {
        cpu::Packet<float> part = cpu::zero<float>();  // so that a machine without fused multiply-add agrees too
        for (std::int64_t p = k0; p < std::min(k, k0 + cpu::depth_block); ++p)
          part = cpu::fma(cpu::set1(am.at(i, p)), cpu::set1(bm.at(p, j)), part);
        float first[cpu::lanes<float>];
        cpu::store(first, part);
        sum = k0 == 0 ? first[0] : sum + first[0];
      }
      CHECK(c[static_cast<std::size_t>(i * n + j)] == sum);
    }
  cpu::product<float, float, float>(cpu::Matrix<float>{t.data(), m, n, 1, m}, am, bm, false);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      CHECK(t[static_cast<std::size_t>(j * m + i)] == c[static_cast<std::size_t>(i * n + j)]);
}
