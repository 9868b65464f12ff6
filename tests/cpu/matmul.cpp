// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/matmul.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "support/array.hpp"

using namespace hadal;
using test::random_values;
using cpu::Matrix;

namespace {

enum class Layout { rows, columns, strided };
constexpr Layout layouts[] = {Layout::rows, Layout::columns, Layout::strided};

/// A matrix over its own memory, with gaps that must stay as they are.
template <class T>
struct Operand {
  std::vector<T> values;
  std::int64_t rows, columns, row_stride, column_stride;

  Operand(std::int64_t r, std::int64_t c, Layout layout, std::uint64_t seed) : rows(r), columns(c) {
    if (layout == Layout::rows)
      row_stride = c + 3, column_stride = 1;
    else if (layout == Layout::columns)
      row_stride = 1, column_stride = r + 2;
    else
      row_stride = 2 * c + 1, column_stride = 2;
    values = random_values<T>((r + 3) * (c + 3) * 2, seed);
  }
  Matrix<T> view() { return {values.data(), rows, columns, row_stride, column_stride}; }
  Matrix<const T> constant() { return view(); }
};

/// |c - exact| <= bound: K rounded multiply-adds, each at most half an ulp of a sum of at most sum |a b|, plus what
/// storing C costs.
template <class TC, class TA, class TB>
void check_product(Matrix<const TC> c, Matrix<const TA> a, Matrix<const TB> b, const TC* old,
                   const Accumulator<TC>* bias) {
  using T = Accumulator<TC>;
  const double unit = std::numeric_limits<T>::epsilon() / 2;
  const double storage = std::is_same_v<TC, bf16> ? 0x1p-8 : std::is_same_v<TC, half> ? 0x1p-11 : unit;
  for (std::int64_t i = 0; i < c.rows; ++i)
    for (std::int64_t j = 0; j < c.columns; ++j) {
      double exact = 0, size = 0;
      for (std::int64_t k = 0; k < a.columns; ++k) {
        const double p = static_cast<double>(a.at(i, k)) * static_cast<double>(b.at(k, j));
        exact += p;
        size += std::abs(p);
      }
      const double before = old ? static_cast<double>(old[&c.at(i, j) - c.data]) : 0.0;
      const double shift = bias ? static_cast<double>(bias[j]) : 0.0;
      exact += before + shift;
      size += std::abs(before) + std::abs(shift);
      const double bound = unit * 2 * static_cast<double>(a.columns + 3) * size + 2 * storage * std::abs(exact) + 1e-30;
      const double error = std::abs(static_cast<double>(c.at(i, j)) - exact);
      if (!(error <= bound)) FAIL_CHECK("(", i, ", ", j, "): ", c.at(i, j) + 0, " is not ", exact);
    }
}

template <class TC, class TA, class TB>
void try_product(std::int64_t m, std::int64_t n, std::int64_t k, Layout lc, Layout la, Layout lb, bool add,
                 bool with_bias) {
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(static_cast<int>(lc) * 100 + static_cast<int>(la) * 10 + static_cast<int>(lb));
  Operand<TC> c(m, n, lc, 1);
  Operand<TA> a(m, k, la, 2);
  Operand<TB> b(k, n, lb, 3);
  const auto bias = random_values<Accumulator<TC>>(n, 4);
  const auto old = c.values;
  cpu::matmul<TC, TA, TB>(Cpu{}, c.view(), a.constant(), b.constant(), add, with_bias ? bias.data() : nullptr);
  check_product<TC, TA, TB>(c.constant(), a.constant(), b.constant(), add ? old.data() : nullptr,
                            with_bias ? bias.data() : nullptr);
  std::vector<bool> inside(old.size());
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) inside[static_cast<std::size_t>(&c.view().at(i, j) - c.values.data())] = true;
  for (std::size_t i = 0; i < old.size(); ++i)
    if (!inside[i]) CHECK(std::memcmp(&old[i], &c.values[i], sizeof(TC)) == 0);
}

}  // namespace

TEST_CASE("matmul: results too large for the caches are those of small ones") {
  const std::int64_t columns = 512, depth = 5;
  const auto rows = static_cast<std::int64_t>(8 * cpu::cache_sizes().l2 / sizeof(float)) / columns + 1;
  const auto a = random_values<float>(rows * depth, 1), b = random_values<float>(depth * columns, 2);
  std::vector<float> memory(static_cast<std::size_t>(rows * columns + 16), 7.0f);
  float* const line = memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) % 64 / sizeof(float);
  const auto bm = cpu::dense_matrix(b.data(), depth, columns);
  for (const bool add : {false, true}) {
    cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(line, rows, columns),
                                     cpu::dense_matrix(a.data(), rows, depth), bm, add);
    std::vector<float> few(static_cast<std::size_t>(64 * columns));
    for (std::int64_t r = 0; r < rows; r += 64) {
      const std::int64_t n = std::min<std::int64_t>(64, rows - r);
      const auto part = cpu::dense_matrix(a.data() + r * depth, n, depth);
      const auto c = cpu::dense_matrix(few.data(), n, columns);
      cpu::matmul<float, float, float>(Cpu{}, c, part, bm, false);
      if (add) cpu::matmul<float, float, float>(Cpu{}, c, part, bm, true);
      REQUIRE(std::memcmp(few.data(), line + r * columns, static_cast<std::size_t>(n * columns) * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("matmul: threads get as many tasks each") {
  for (const std::int64_t threads : {2, 4, 8})
    for (const auto& [M, N, K] : {std::array<std::int64_t, 3>{512, 256, 4096}, {8, 2304, 768}, {32, 3072, 768},
                                  {1000, 800, 600}, {256, 2304, 768}, {2048, 768, 3072}}) {
      const std::int64_t work = cpu::task_work(cpu::detail::product_work(M, N, K), threads);
      const cpu::detail::Cut cut = cpu::detail::cut_into_tasks<float>(M, N, K, work, 1, threads);
      CHECK_MESSAGE(cut.tasks() % threads == 0, M, "x", N, "x", K, ": ", cut.down, " by ", cut.across, " tasks for ",
                    threads, " threads");
    }
}

TEST_CASE("matmul: every size around the tile borders") {
  for (std::int64_t m : {1, 2, 3, 5, 13, 25})
    for (std::int64_t n : {1, 7, 16, 17, 33, 65})
      for (std::int64_t k : {0, 1, 15, 33})
        try_product<float, float, float>(m, n, k, Layout::rows, Layout::rows, Layout::rows, false, false);
}

TEST_CASE("matmul: every layout, adding, bias") {
  for (Layout lc : layouts)
    for (Layout la : layouts)
      for (Layout lb : layouts)
        for (int flags = 0; flags < 4; ++flags) {
          try_product<float, float, float>(14, 37, 19, lc, la, lb, flags & 1, flags & 2);
          try_product<double, double, double>(9, 18, 21, lc, la, lb, flags & 1, flags & 2);
        }
}

TEST_CASE("matmul: several blocks of depth and tiles") {
  try_product<float, float, float>(530, 40, 10, Layout::rows, Layout::rows, Layout::rows, true, true);
  try_product<float, float, float>(7, 1050, 300, Layout::rows, Layout::columns, Layout::columns, true, true);
  try_product<double, double, double>(13, 40, 700, Layout::columns, Layout::rows, Layout::columns, false, true);
}

TEST_CASE("matmul: half-width operands sum in float") {
  for (bool add : {false, true}) {
    try_product<float, float, bf16>(13, 35, 300, Layout::rows, Layout::rows, Layout::columns, add, true);
    try_product<bf16, bf16, bf16>(13, 35, 300, Layout::rows, Layout::rows, Layout::rows, add, true);
    try_product<half, half, half>(5, 20, 40, Layout::rows, Layout::columns, Layout::columns, add, true);
    try_product<float, bf16, bf16>(5, 20, 40, Layout::columns, Layout::columns, Layout::rows, add, false);
  }
}

TEST_CASE("matmul: empty operands") {
  float c[6] = {1, 2, 3, 4, 5, 6};
  const float bias[3] = {7, 8, 9};
  const Matrix<const float> a{nullptr, 2, 0, 0, 1}, b{nullptr, 0, 3, 3, 1};
  cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(c, 2, 3), a, b, true, bias);
  for (int i = 0; i < 6; ++i) CHECK(c[i] == static_cast<float>(i + 1) + bias[i % 3]);
  cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(c, 2, 3), a, b, false);
  for (float v : c) CHECK(v == 0.0f);
  cpu::matmul<float, float, float>(Cpu{}, Matrix<float>{nullptr, 0, 3, 3, 1}, a.block(0, 0, 0, 0), b, false);
  cpu::matmul<float, float, float>(Cpu{}, Matrix<float>{nullptr, 2, 0, 0, 1}, a, b.block(0, 0, 0, 0), false);
}

TEST_CASE("matmul: a row does not depend on how many there are, nor on threads") {
  const std::int64_t m = 150, n = 100, k = 600;
  const std::vector<float> a = random_values<float>(m * k, 1), b = random_values<float>(k * n, 2);
  std::vector<float> all(static_cast<std::size_t>(m * n)), one(all.size());
  const Matrix<const float> bt{b.data(), k, n, 1, k};
  const int before = threads();
  set_threads(3);
  cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(all.data(), m, n), cpu::dense_matrix(a.data(), m, k), bt,
                                   false);
  set_threads(before);
  for (std::int64_t rows : {1, 2, 3, 4, 6, 8, 12, 17, 33, 149}) {
    const std::int64_t first = m - rows;
    cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(one.data(), rows, n),
                                     cpu::dense_matrix(a.data() + first * k, rows, k), bt, false);
    CHECK(std::memcmp(one.data(), all.data() + first * n, static_cast<std::size_t>(rows * n) * sizeof(float)) == 0);
  }
}

TEST_CASE("matmul: batches, broadcast by a step of 0") {
  const std::int64_t batch = 5, m = 6, n = 9, k = 11;
  const std::vector<float> a = random_values<float>(batch * m * k, 1), b = random_values<float>(k * n, 2);
  std::vector<float> c(static_cast<std::size_t>(batch * m * n), 1.0f), old = c;
  cpu::matmul_batched<float, float, float>(Cpu{}, batch, cpu::dense_matrix(c.data(), m, n), m * n,
                                           cpu::dense_matrix(a.data(), m, k), m * k, cpu::dense_matrix(b.data(), k, n),
                                           0, true);
  check_product<float, float, float>(cpu::dense_matrix<const float>(c.data(), batch * m, n),
                                     cpu::dense_matrix<const float>(a.data(), batch * m, k),
                                     cpu::dense_matrix<const float>(b.data(), k, n), old.data(), nullptr);
  cpu::matmul_batched<float, float, float>(Cpu{}, 0, cpu::dense_matrix(c.data(), m, n), m * n,
                                           cpu::dense_matrix(a.data(), m, k), m * k, cpu::dense_matrix(b.data(), k, n),
                                           0, true);
}
