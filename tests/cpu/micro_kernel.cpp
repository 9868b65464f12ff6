// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/micro_kernel.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace hadal;

namespace {

/// Small whole numbers, so that every sum is exact and results can be compared with ==.
template <int V, class T>
void check_kernel(int height, int columns, std::int64_t depth, bool add, bool with_bias) {
  constexpr int width = V * cpu::lanes<T>;
  const std::int64_t stride = width + 1;
  std::vector<T> a(static_cast<std::size_t>(depth * height)), b(static_cast<std::size_t>(depth * width));
  std::vector<T> c(static_cast<std::size_t>(height * stride)), bias(width);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(i % 7) - 3;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<T>(i % 5) - 2;
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<T>(i % 11);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<T>(i);
  auto expected = c;
  for (int i = 0; i < height; ++i)
    for (int j = 0; j < columns; ++j) {
      T& e = expected[static_cast<std::size_t>(i * stride + j)];
      if (!add) e = 0;
      for (std::int64_t k = 0; k < depth; ++k)
        e += a[static_cast<std::size_t>(k * height + i)] * b[static_cast<std::size_t>(k * width + j)];
      if (with_bias) e += bias[static_cast<std::size_t>(j)];
    }
  cpu::Ahead ahead(cpu::dense_matrix<const T>(b.data(), 1, static_cast<std::int64_t>(b.size())), depth);
  cpu::run_micro_kernel<V, T>(height, depth, {a.data(), 1, height}, b.data(), width,
                              {c.data(), stride, columns, add, with_bias ? bias.data() : nullptr}, ahead);
  CHECK(c == expected);
}

template <class T>
void check_heights() {
  for (std::int64_t rows = 1; rows <= 12; ++rows)
    for (int flags = 0; flags < 4; ++flags) {
      const int h = cpu::panel_height<T>(rows);
      CHECK(h <= rows);
      check_kernel<1, T>(h, cpu::lanes<T>, 9, flags & 1, flags & 2);
      check_kernel<2, T>(h, 2 * cpu::lanes<T>, 9, flags & 1, flags & 2);
      check_kernel<2, T>(h, 2 * cpu::lanes<T> - 1, 3, flags & 1, flags & 2);
      check_kernel<2, T>(h, 1, 0, flags & 1, flags & 2);
    }
}

}  // namespace

TEST_CASE("micro_kernel: every height, whole and partial tiles") {
  check_heights<float>();
  check_heights<double>();
}
