// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/random.hpp>
#include <hadal/cpu/packed_product.hpp>
#include <hadal/cpu/product.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace hadal;

namespace {

/// Sums of k terms over every layout, with rows that may lie a page apart, against sums element by element.
template <class T>
void check_layouts(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t gap, bool past) {
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(gap);
  const std::int64_t stride = (std::max({m, n, k}) + gap - 1) / gap * gap;
  std::vector<T> a(static_cast<std::size_t>(stride * stride)), b(a), memory(a.size() + 16);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(random_uniform(Key{1}, i)) - T(0.5);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<T>(random_uniform(Key{2}, i)) - T(0.5);
  T* c = memory.data();
  while (reinterpret_cast<std::uintptr_t>(c) % 64 != 0) ++c;
  for (int layout = 0; layout < 4; ++layout) {
    const cpu::Matrix<const T> am{a.data(), m, k, layout & 1 ? 1 : stride, layout & 1 ? stride : 1};
    const cpu::Matrix<const T> bm{b.data(), k, n, layout & 2 ? 1 : stride, layout & 2 ? stride : 1};
    cpu::product<T, T, T>(cpu::Matrix<T>{c, m, n, stride, 1}, am, bm, false, nullptr, past);
    int wrong = 0;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        T sum = 0, part[cpu::lanes<T>];
        for (std::int64_t p = 0; p < k;) {
          cpu::Packet<T> block = cpu::zero<T>();
          do block = cpu::fma(cpu::set1(am.at(i, p)), cpu::set1(bm.at(p, j)), block);
          while (++p < k && p % cpu::depth_block != 0);
          cpu::store(part, block);
          sum += part[0];
        }
        if (c[i * stride + j] != sum) ++wrong;
      }
    CHECK(wrong == 0);
  }
}

}  // namespace

TEST_CASE("packed_product: all of B is asked for before it is reached, and once") {
  constexpr int width = cpu::RegisterTile<float>::width;
  constexpr std::int64_t rows = 2 * cpu::depth_block + 40, columns = 8 * width;
  std::vector<int> memory(rows * columns);
  for (const bool dense_rows : {true, false}) {
    const cpu::Matrix<const int> b = dense_rows
                                         ? cpu::dense_matrix<const int>(memory.data(), rows, columns)
                                         : cpu::dense_matrix<const int>(memory.data(), columns, rows).transposed();
    std::vector<int> asked(memory.size());
    std::vector<std::int64_t> when(memory.size());
    std::int64_t panel = 0;
    for (std::int64_t k = 0; k < rows; k += cpu::depth_block)
      for (std::int64_t j = 0; j < columns; j += width, ++panel) {
        const auto part = cpu::detail::part_after_panel<width>(b, k, j, 0);
        for (std::int64_t r = 0; r < part.rows; ++r)
          for (std::int64_t c = 0; c < part.columns; ++c) {
            const auto at = static_cast<std::size_t>(&part.at(r, c) - memory.data());
            ++asked[at], when[at] = panel;
          }
      }
    const std::int64_t first = dense_rows ? 4 * width : width;  // nothing comes before these columns
    for (std::int64_t k = 0; k < rows; ++k)
      for (std::int64_t j = 0; j < columns; ++j) {
        const auto at = static_cast<std::size_t>(&b.at(k, j) - memory.data());
        const bool start = k < cpu::depth_block && j < first;
        const std::int64_t met = k / cpu::depth_block * (columns / width) + j / width;
        if (asked[at] != !start || (asked[at] && when[at] >= met)) FAIL("element ", k, ", ", j);
      }
  }
}

TEST_CASE("packed_product: every path gives the same sums") {
  for (std::int64_t gap : {16, 1024}) {  // 1024 floats are a page
    check_layouts<float>(64, 40, 40, gap, false);
    check_layouts<float>(13, 150, 300, gap, false);
    check_layouts<float>(40, 300, 33, gap, false);
    check_layouts<float>(210, 600, 20, gap, false);
    check_layouts<float>(210, 600, 40, gap, false);
    check_layouts<float>(210, 60, 300, gap, false);  // few columns
  }
  check_layouts<double>(100, 130, 270, 512, false);
  check_layouts<float>(300, 1100, 260, 16, false);  // several strips where the second cache has 512 KB
}

TEST_CASE("packed_product: sums that are written past the caches") {
  check_layouts<float>(30, 100, 7, 16, true);
  check_layouts<double>(30, 100, 7, 16, true);
  check_layouts<float>(30, 100, 33, 16, true);
  check_layouts<float>(30, 100, 300, 16, true);  // two blocks: the second is added
}
