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

/// The pieces of one C that tasks take.
struct Cut {
  TileSize tile;
  std::int64_t down, across;
  std::int64_t tasks() const { return down * across; }
};

template <class T>
Cut cut_into_tasks(std::int64_t rows, std::int64_t columns, std::int64_t depth, std::int64_t work) {
  using Registers = RegisterTile<T>;
  if (rows == 0 || columns == 0) return {{1, 1}, 0, 0};
  const TileSize t = task_tile(rows, columns, depth, work, Registers::height, Registers::width,
                               largest_tile(sizeof(T), Registers::height, Registers::width, cache_sizes()));
  return {t, (rows + t.rows - 1) / t.rows, (columns + t.columns - 1) / t.columns};
}

/// Task number `task` of a cut product.
template <class TC, class TA, class TB>
void product_task(const Cut& cut, std::int64_t task, Matrix<TC> c, Matrix<const TA> a, Matrix<const TB> b, bool add,
                  const TC* bias) {
  const std::int64_t i = task / cut.across * cut.tile.rows, j = task % cut.across * cut.tile.columns;
  const std::int64_t rows = std::min(cut.tile.rows, c.rows - i), columns = std::min(cut.tile.columns, c.columns - j);
  product(c.block(i, j, rows, columns), a.block(i, 0, rows, a.columns), b.block(0, j, b.rows, columns), add,
          bias ? bias + j : nullptr);
}

/// Multiply-adds, counting what an element of C costs beside them.
inline std::int64_t product_work(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  return rows * columns * (depth + 16);
}
/// A second thread pays from about 100 us of work on.
inline std::int64_t threads_for(std::int64_t work) {
  return work < (std::int64_t{1} << 22) ? 1 : executor().threads();
}

template <class TC, class TA, class TB>
void cut_product(std::int64_t batch, Matrix<TC> c, std::int64_t c_step, Matrix<const TA> a, std::int64_t a_step,
                 Matrix<const TB> b, std::int64_t b_step, bool add, const TC* bias) {
  const std::int64_t one = product_work(c.rows, c.columns, a.columns), threads = threads_for(batch * one);
  const std::int64_t work = task_work(batch * one, threads);
  const Cut cut = cut_into_tasks<Accumulator<TC>>(c.rows, c.columns, a.columns, work);
  const std::int64_t tasks = cut.tasks() * batch;
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t p = task / cut.tasks();
      product_task(cut, task % cut.tasks(), c.shifted(p * c_step), a.shifted(p * a_step), b.shifted(p * b_step), add,
                   bias);
    }
  };
  if (threads == 1) run(0, tasks);
  else parallel_for(tasks, work * cut.tasks() / one, run);  // many small products share a task
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
