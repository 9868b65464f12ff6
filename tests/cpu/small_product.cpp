// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/small_product.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace hadal;

namespace {

std::vector<double> numbers(std::int64_t n, double step) {
  std::vector<double> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = std::sin(step * static_cast<double>(i + 1));
  return v;
}

}  // namespace

TEST_CASE("small_product adds its terms in order, for all heights, widths and layouts") {
  constexpr std::int64_t lane = cpu::lanes<double>, width = cpu::SmallTile<double>::width;
  const auto step = [](double x, double y, double s) {
    double all[cpu::lanes<double>];
    cpu::store(all, cpu::fma(cpu::set1(x), cpu::set1(y), cpu::set1(s)));
    return all[0];
  };
  for (std::int64_t rows : {1, 2, 3, 7, 8, 15})
    for (std::int64_t columns : {lane, 2 * lane, 5 * lane})
      for (std::int64_t depth : {0, 1, 9}) {
        const std::int64_t panels = (columns + width - 1) / width;
        const auto a = numbers(rows * depth, 1.3), b = numbers(panels * width * depth, 0.7);
        const auto old = numbers(rows * columns, 2.1);
        // B once as rows, once in panels.
        std::vector<double> packed(b.size());
        for (std::int64_t k = 0; k < depth; ++k)
          for (std::int64_t j = 0; j < panels * width; ++j)
            packed[(j / width * depth + k) * width + j % width] = b[k * panels * width + j];
        const cpu::SmallB<double> as_rows{b.data(), width, panels * width};
        const cpu::SmallB<double> as_panels{packed.data(), depth * width, width};
        auto set = old, added = old, turned = old;
        cpu::small_product<false, false>(rows, columns, depth, a.data(), depth, as_rows, set.data(), columns);
        cpu::small_product<false, true>(rows, columns, depth, a.data(), depth, as_panels, added.data(), columns);
        cpu::small_product<true, true>(rows, columns, depth, a.data(), rows, as_panels, turned.data(), columns);
        for (std::int64_t i = 0; i < rows; ++i)
          for (std::int64_t j = 0; j < columns; ++j) {
            double from_zero = 0, from_old = old[i * columns + j], other = from_old;
            for (std::int64_t k = 0; k < depth; ++k) {
              const double y = b[k * panels * width + j];
              from_zero = step(a[i * depth + k], y, from_zero);
              from_old = step(a[i * depth + k], y, from_old);
              other = step(a[k * rows + i], y, other);
            }
            CHECK(set[i * columns + j] == from_zero);
            CHECK(added[i * columns + j] == from_old);
            CHECK(turned[i * columns + j] == other);
          }
      }
}

TEST_CASE("rows are widened with zeros behind and transposed into panels") {
  constexpr std::int64_t width = cpu::SmallTile<float>::width;
  const std::int64_t rows = width + 3, columns = 37, stride = 41, wide = cpu::padded<float>(columns);
  std::vector<bf16> in(static_cast<std::size_t>(rows * stride));
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = bf16(static_cast<float>(i));
  std::vector<float> out(static_cast<std::size_t>(rows * wide), 9);
  std::vector<float> panels(static_cast<std::size_t>(2 * width * columns), 9);
  cpu::widen_rows(out.data(), in.data(), stride, rows, columns, 2.0f);
  cpu::transpose_rows(panels.data(), in.data(), stride, rows, columns);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t d = 0; d < wide; ++d) {
      const float value = d < columns ? static_cast<float>(in[r * stride + d]) : 0.0f;
      CHECK(out[r * wide + d] == 2 * value);
      if (d < columns) CHECK(panels[r / width * width * columns + d * width + r % width] == value);
    }
}
