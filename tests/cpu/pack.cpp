// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/micro_kernel.hpp>
#include <hadal/cpu/pack.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace hadal;
using cpu::Matrix;

namespace {

/// Packs panels of a matrix whose rows or columns are dense, or neither, and compares element by element.
template <class T, class S>
int mistakes(std::int64_t width, std::int64_t rows, std::int64_t depth, std::int64_t row_stride,
             std::int64_t column_stride, std::int64_t readable) {
  std::vector<S> values(static_cast<std::size_t>((readable - 1) * row_stride + (depth - 1) * column_stride + 1));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = S(static_cast<float>(i % 251));
  const Matrix<const S> m{values.data(), rows, depth, row_stride, column_stride};
  std::vector<T> out(static_cast<std::size_t>(width * depth + cpu::pack_slack<T>), T(-1));
  cpu::pack_panel<T>(out.data(), width, m, readable);
  int wrong = 0;
  for (std::int64_t k = 0; k < depth; ++k)
    for (std::int64_t i = 0; i < width; ++i) {
      const T expected = i < rows ? static_cast<T>(m.at(i, k)) : T(0);
      if (out[static_cast<std::size_t>(k * width + i)] != expected) ++wrong;
    }
  return wrong;
}

template <class T, class S>
void check_all() {
  for (std::int64_t width : {1, 2, 4, 6, 8, 12, cpu::lanes<T>, cpu::RegisterTile<T>::width})
    for (std::int64_t depth : {1, 7, 16, 35})
      for (std::int64_t missing : {0, 1}) {
        const std::int64_t rows = width - missing;
        if (rows == 0) continue;
        CAPTURE(width);
        CAPTURE(depth);
        CHECK(mistakes<T, S>(width, rows, depth, depth + 1, 1, rows) == 0);
        CHECK(mistakes<T, S>(width, rows, depth, 1, rows + 1, rows) == 0);
        CHECK(mistakes<T, S>(width, rows, depth, 1, rows + 40, rows + 39) == 0);
        CHECK(mistakes<T, S>(width, rows, depth, 2 * depth, 2, rows) == 0);
      }
}

template <int width>
void check_several() {
  for (std::int64_t beyond : {0, 40})
    for (std::int64_t depth : {1, 9}) {
      constexpr std::int64_t count = 3;
      const std::int64_t rows = width * count, stride = rows + beyond, size = width * depth;
      std::vector<float> values(static_cast<std::size_t>(stride * depth)), one(static_cast<std::size_t>(size) + 64);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
      std::vector<float> out(static_cast<std::size_t>(count * size + 1), -1.0f);
      const Matrix<const float> m{values.data(), rows, depth, 1, stride};
      cpu::pack_panels<width>(out.data(), count, m, rows + beyond);
      for (std::int64_t p = 0; p < count; ++p) {
        cpu::pack_panel<float>(one.data(), width, m.block(p * width, 0, width, depth), width);
        CHECK(std::equal(one.begin(), one.begin() + size, out.begin() + p * size));
      }
      CHECK(out.back() == -1.0f);
    }
}

}  // namespace

TEST_CASE("pack: several panels at once are those packed one by one, and nothing past them is written") {
  check_several<6>();
  check_several<12>();
  check_several<4 * cpu::lanes<float>>();
}

TEST_CASE("pack: panels of float from every layout") { check_all<float, float>(); }
TEST_CASE("pack: panels of double") { check_all<double, double>(); }
TEST_CASE("pack: half widths widen") {
  check_all<float, bf16>();
  check_all<float, half>();
}
