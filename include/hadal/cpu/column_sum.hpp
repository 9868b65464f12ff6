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

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
