// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/cpu/product.hpp>

#include <algorithm>
#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

template <class TC, class TA, class TB>
void cut_product(std::int64_t batch, Matrix<TC> c, std::int64_t c_step, Matrix<const TA> a, std::int64_t a_step,
                 Matrix<const TB> b, std::int64_t b_step, bool add, const TC* bias) {
  using T = Accumulator<TC>;
  using Registers = RegisterTile<T>;
  if (batch == 0 || c.rows == 0 || c.columns == 0) return;
  // A second thread pays from about 100 us of work on.
  const bool small = batch * c.rows * c.columns * (a.columns + 16) < (std::int64_t{1} << 22);
  const TileSize t = task_tile(c.rows, c.columns, a.columns, batch, small ? 1 : executor().threads(), Registers::height,
                               Registers::width,
                               largest_tile(sizeof(T), Registers::height, Registers::width, cache_sizes()));
  const std::int64_t down = (c.rows + t.rows - 1) / t.rows, across = (c.columns + t.columns - 1) / t.columns;
  const auto tile = [&](std::int64_t task) {
    const std::int64_t p = task / (down * across), i = task / across % down * t.rows, j = task % across * t.columns;
    const std::int64_t rows = std::min(t.rows, c.rows - i), columns = std::min(t.columns, c.columns - j);
    product(c.shifted(p * c_step).block(i, j, rows, columns), a.shifted(p * a_step).block(i, 0, rows, a.columns),
            b.shifted(p * b_step).block(0, j, b.rows, columns), add, bias ? bias + j : nullptr);
  };
  const std::int64_t tasks = batch * down * across;
  if (small) {
    for (std::int64_t task = 0; task < tasks; ++task) tile(task);
    return;
  }
  // Many small products share a task.
  const std::int64_t work = std::max<std::int64_t>(t.rows * t.columns * (a.columns + 16), 1);
  parallel_for(tasks, (std::int64_t{1} << 20) / work, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) tile(task);
  });
}

}  // namespace detail

/// For p in 0 .. batch-1:  C_p (+)= A_p B_p, where X_p is X moved on by p * x_step elements (0 broadcasts; not for C).
/// A: (M, K)  B: (K, N)  C: (M, N). float and double; bf16 and half mix with float, sums in float. K = 0 gives zero.
/// Each element is summed over K in one order that depends on nothing else: see depth_block.
template <class TC, class TA, class TB>
void matmul_batched(Device, std::int64_t batch, Matrix<TC> c, std::int64_t c_step, Matrix<const TA> a,
                    std::int64_t a_step, Matrix<const TB> b, std::int64_t b_step, bool add) {
  // A C that is dense along its columns is the transpose of one that is dense along its rows.
  if (c.column_stride != 1 && c.row_stride == 1)
    detail::cut_product<TC, TB, TA>(batch, c.transposed(), c_step, b.transposed(), b_step, a.transposed(), a_step, add,
                                    nullptr);
  else
    detail::cut_product<TC, TA, TB>(batch, c, c_step, a, a_step, b, b_step, add, nullptr);
}

/// C (+)= A B (+ bias over columns)      A: (M, K)  B: (K, N)  C: (M, N)  bias: (N) or null
template <class TC, class TA, class TB>
void matmul(Device device, Matrix<TC> c, Matrix<const TA> a, Matrix<const TB> b, bool add, const TC* bias = nullptr) {
  if (bias) detail::cut_product<TC, TA, TB>(1, c, 0, a, 0, b, 0, add, bias);
  else matmul_batched<TC, TA, TB>(device, 1, c, 0, a, 0, b, 0, add);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
