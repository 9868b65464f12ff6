// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/matmul.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "support/array.hpp"

using namespace hadal;
using test::random_values;
using cpu::Matrix;

namespace {

/// The first number of rows that is not few.
constexpr std::int64_t end(bool by_rows) { return by_rows ? cpu::few_rows_end_turned : cpu::few_rows_end; }

/// Few rows of C = A B against the same rows of a product of many, bit for bit, and against sums in double.
template <class TC, class TA, class TB>
void try_few_rows(std::int64_t m, std::int64_t n, std::int64_t k, bool by_rows, bool add, bool with_bias) {
  using T = Accumulator<TC>;
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(by_rows);
  CAPTURE(add);
  CAPTURE(with_bias);
  const std::int64_t many = 21;  // not few
  const auto a = random_values<TA>(many * k, 1);
  const auto w = random_values<TB>((n + 2) * (k + 3), 2);
  const auto bias = random_values<T>(n, 3);
  auto tall = random_values<TC>(many * n, 4);
  const auto old = tall;
  const Matrix<const TB> b =
      by_rows ? Matrix<const TB>{w.data(), k, n, 1, k + 3} : Matrix<const TB>{w.data(), k, n, n + 2, 1};
  std::vector<TC> few(old.begin(), old.begin() + m * n);
  REQUIRE(cpu::has_few_rows(cpu::dense_matrix(few.data(), m, n), b));
  const T* biases = with_bias ? bias.data() : nullptr;
  cpu::few_rows_product<TC, TA, TB>(cpu::dense_matrix(few.data(), m, n), cpu::dense_matrix(a.data(), m, k), b, add,
                                    biases);
  cpu::matmul<TC, TA, TB>(Cpu{}, cpu::dense_matrix(tall.data(), many, n), cpu::dense_matrix(a.data(), many, k), b, add,
                          biases);
  CHECK(std::memcmp(few.data(), tall.data(), few.size() * sizeof(TC)) == 0);

  const double unit = std::numeric_limits<T>::epsilon() / 2;
  const double storage = std::is_same_v<TC, bf16> ? 0x1p-8 : std::is_same_v<TC, half> ? 0x1p-11 : unit;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>(i * n + j);
      double exact = (add ? static_cast<double>(old[at]) : 0) +
                     (with_bias ? static_cast<double>(bias[static_cast<std::size_t>(j)]) : 0);
      double size = std::abs(exact) + 1;
      for (std::int64_t l = 0; l < k; ++l) {
        const double p = static_cast<double>(a[static_cast<std::size_t>(i * k + l)]) * static_cast<double>(b.at(l, j));
        exact += p;
        size += std::abs(p);
      }
      const double bound = unit * 2 * static_cast<double>(k + 3) * size + 2 * storage * std::abs(exact);
      if (!(std::abs(static_cast<double>(few[at]) - exact) <= bound)) FAIL_CHECK("(", i, ", ", j, ") is not ", exact);
    }
}

}  // namespace

TEST_CASE("few rows: every size around the borders of tiles and blocks, the bits of many rows") {
  for (std::int64_t m : {1, 2, 3, 7, 8})
    for (std::int64_t n : {1, 7, 15, 16, 17, 33, 65})
      for (std::int64_t k : {0, 1, 5, 16, 37, 256, 301})
        for (bool by_rows : {true, false}) {
          if (m >= end(by_rows)) continue;
          try_few_rows<float, float, float>(m, n, k, by_rows, false, false);
          try_few_rows<float, float, bf16>(m, n, k, by_rows, m == 2, n == 33);
        }
}

TEST_CASE("few rows: adding, bias, every type") {
  for (int flags = 0; flags < 8; ++flags) {
    const bool by_rows = flags & 1, add = flags & 2, bias = flags & 4;
    for (std::int64_t m = 1; m < end(by_rows); ++m)
      try_few_rows<float, float, float>(m, 75, 530, by_rows, add, bias);
    try_few_rows<double, double, double>(3, 41, 300, by_rows, add, bias);
    try_few_rows<bf16, bf16, bf16>(3, 75, 300, by_rows, add, bias);
    try_few_rows<half, half, half>(2, 75, 300, by_rows, add, bias);
    try_few_rows<bf16, bf16, float>(1, 75, 300, by_rows, add, bias);
  }
}

TEST_CASE("few rows: columns in several strips") {
  for (std::int64_t n : {1024, 1025, 2100}) try_few_rows<float, float, float>(2, n, 70, false, true, true);
}

TEST_CASE("few rows: which products they are") {
  float c[64] = {};
  const Matrix<const float> rows{c, 4, 4, 4, 1}, columns{c, 4, 4, 1, 4}, strided{c, 4, 4, 8, 2};
  CHECK(cpu::has_few_rows(cpu::dense_matrix(c, 7, 4), rows));
  CHECK_FALSE(cpu::has_few_rows(cpu::dense_matrix(c, 8, 4), rows));
  CHECK(cpu::has_few_rows(cpu::dense_matrix(c, 7, 4), columns));
  CHECK_FALSE(cpu::has_few_rows(cpu::dense_matrix(c, 9, 4), rows));
  CHECK_FALSE(cpu::has_few_rows(cpu::dense_matrix(c, 9, 4), columns));
  CHECK_FALSE(cpu::has_few_rows(cpu::dense_matrix(c, 1, 4), strided));
}

TEST_CASE("few rows: a strided A, a strided C, no columns") {
  const auto a = random_values<float>(64, 1), b = random_values<float>(64, 2);
  std::vector<float> c(32, 5.0f), dense(8);
  const Matrix<const float> at{a.data(), 2, 8, 1, 2}, bm{b.data(), 8, 4, 1, 8};
  cpu::few_rows_product<float, float, float>(Matrix<float>{c.data(), 2, 4, 9, 2}, at, bm, false, nullptr);
  float copy[16];
  for (int i = 0; i < 2; ++i)
    for (int k = 0; k < 8; ++k) copy[i * 8 + k] = at.at(i, k);
  cpu::few_rows_product<float, float, float>(cpu::dense_matrix(dense.data(), 2, 4),
                                             cpu::dense_matrix<const float>(copy, 2, 8), bm, false, nullptr);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 4; ++j)
      CHECK(c[static_cast<std::size_t>(i * 9 + j * 2)] == dense[static_cast<std::size_t>(i * 4 + j)]);
  CHECK(c[1] == 5.0f);
  CHECK(c[8] == 5.0f);
  cpu::few_rows_product<float, float, float>(Matrix<float>{nullptr, 1, 0, 0, 1}, at.block(0, 0, 1, 8),
                                             bm.block(0, 0, 8, 0), false, nullptr);
}
