// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/micro_kernel.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace hadal;

namespace {

/// Some tiles that follow each other down C, or along its rows. Small whole numbers, so that every sum is exact and
/// results can be compared with ==.
template <int V, class T>
void check_kernel(int height, int columns, std::int64_t depth, bool add, bool with_bias, int tiles = 1,
                  bool down = false) {
  constexpr int width = V * cpu::lanes<T>;
  const int across = down ? 1 : tiles;
  const std::int64_t stride = across * width + 1, a_size = depth * height, b_size = depth * width;
  std::vector<T> a(static_cast<std::size_t>(a_size * tiles)), b(static_cast<std::size_t>(b_size * tiles));
  std::vector<T> c(static_cast<std::size_t>(tiles * height * stride)), bias(static_cast<std::size_t>(across * width));
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(i % 7) - 3;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<T>(i % 5) - 2;
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<T>(i % 11);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<T>(i);
  auto expected = c;
  for (int tile = 0; tile < tiles; ++tile)
    for (int i = 0; i < height; ++i)
      for (int j = 0; j < columns; ++j) {
        const std::int64_t row = down ? tile * height + i : i, column = down ? j : tile * width + j;
        T& e = expected[static_cast<std::size_t>(row * stride + column)];
        if (!add) e = 0;
        for (std::int64_t k = 0; k < depth; ++k)
          e += a[static_cast<std::size_t>((down ? tile * a_size : 0) + k * height + i)] *
               b[static_cast<std::size_t>((down ? 0 : tile * b_size) + k * width + j)];
        if (with_bias) e += bias[static_cast<std::size_t>(column)];
      }
  cpu::Ahead ahead(cpu::dense_matrix<const T>(b.data(), 1, static_cast<std::int64_t>(b.size())), depth);
  const cpu::TileWalk walk = down ? cpu::TileWalk{tiles, a_size, 0, height * stride, 0}
                                  : cpu::TileWalk{tiles, 0, b_size, width, width};
  cpu::run_micro_kernel<V, T>(height, depth, {a.data(), 1, height}, b.data(), width,
                              {c.data(), stride, columns, add, with_bias ? bias.data() : nullptr}, walk, ahead);
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
      check_kernel<2, T>(h, 2 * cpu::lanes<T>, 9, flags & 1, flags & 2, 3);
      check_kernel<2, T>(h, 2 * cpu::lanes<T>, 9, flags & 1, flags & 2, 3, true);
      check_kernel<2, T>(h, 2 * cpu::lanes<T> - 1, 9, flags & 1, flags & 2, 3, true);
    }
}

}  // namespace

TEST_CASE("micro_kernel: every height, whole and partial tiles, one and several") {
  check_heights<float>();
  check_heights<double>();
}
