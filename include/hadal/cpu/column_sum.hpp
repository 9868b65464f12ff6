// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/row.hpp>

// Sums over rows whose order does not depend on the number of threads: rows are cut into blocks by their count alone,
// each block adds its rows in turn, and the blocks are added in turn.

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// Rows in a block: at most 64 blocks, none below 32 rows.
constexpr std::int64_t rows_per_block(std::int64_t rows) { return std::max<std::int64_t>(32, (rows + 63) / 64); }
constexpr std::int64_t row_blocks(std::int64_t rows) {
  return (rows + rows_per_block(rows) - 1) / rows_per_block(rows);
}

/// Calls f(block, begin, end) for every block of rows, in parallel where that pays.
template <class F>
void for_each_row_block(std::int64_t rows, std::int64_t columns, const F& f) {
  const std::int64_t size = rows_per_block(rows), work = std::max<std::int64_t>(size * columns, 1);
  parallel_for(row_blocks(rows), 32768 / work, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) f(b, b * size, std::min(rows, (b + 1) * size));
  });
}

/// out (+)= sum over blocks of partial; block b's sums begin at partial + b * step.
template <class A, class G>
void sum_blocks(GradView<G> out, const A* partial, std::int64_t blocks, std::int64_t step) {
  const std::int64_t n = out.view.size();
  sweep<G>(n, [&](std::int64_t i, auto part) {
    Packet<A> total = zero<A>();
    for (std::int64_t b = 0; b < blocks; ++b) total = add(total, read(partial + b * step + i, part));
    write(out.view.data + i, part, total, out.add);
  });
}

/// out (+)= x summed over its rows, in blocks of 256, each in ascending order
template <class G, class T>
void sum_rows(GradView<G> out, View<const T> x) {
  using A = Accumulator<T>;
  constexpr std::int64_t height = 256, strip = 1024;
  const std::int64_t rows = x.rows(), columns = out.view.size();
  const std::int64_t blocks = (rows + height - 1) / height, strips = (columns + strip - 1) / strip;
  const Scratch<A> partial(blocks * columns);
  const std::int64_t cost = std::min(rows, height) * std::min(columns, strip);
  parallel_for(blocks * strips, 1 + 65536 / (cost + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t task = first; task < last; ++task) {
      const std::int64_t block = task / strips, column = task % strips * strip, n = std::min(strip, columns - column);
      A* const sums = partial + block * columns + column;
      std::fill(sums, sums + n, A(0));
      const std::int64_t end = std::min(rows, (block + 1) * height);
      const auto add_rows = [&]<int count>(std::integral_constant<int, count>, std::int64_t r) {
        const T* const from = x.row(r) + column;
        sweep<T>(n, [&](std::int64_t i, auto part) {
          Packet<A> total = read(sums + i, part);
          for (int k = 0; k < count; ++k) total = add(total, read(from + k * x.row_stride + i, part));
          write(sums + i, part, total);
        });
      };
      std::int64_t r = block * height;
      for (; r + 4 <= end; r += 4) add_rows(std::integral_constant<int, 4>{}, r);
      for (; r < end; ++r) add_rows(std::integral_constant<int, 1>{}, r);
    }
  });
  sum_blocks(out, partial.data(), blocks, columns);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
