// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/core/view.hpp>
#include <hadal/cpu/product.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// A piece of C that a task has just finished.
struct Piece {
  std::int64_t product, row, column, rows, columns;
};

/// What a product ends in: a function called with every piece of C on the thread that made it, while that core's caches
/// hold the piece. `products` of one size that follow each other may share a call, which comes when all of them have
/// finished the piece; it is told the number of their group. A plain function, so that products are compiled once
/// whatever they end in.
struct Epilogue {
  void (*function)(const void* context, const Piece& piece) = nullptr;
  const void* context = nullptr;
  std::int64_t products = 1;
  bool turned = false;  ///< C is computed as its transpose

  explicit operator bool() const { return function != nullptr; }
  void operator()(Piece p) const {
    if (turned) std::swap(p.row, p.column), std::swap(p.rows, p.columns);
    if (function) function(context, p);
  }
  Epilogue transposed() const { return {function, context, products, !turned}; }
};
/// Refers to f, which must outlive it.
template <class F>
Epilogue epilogue(const F& f, std::int64_t products = 1) {
  return {[](const void* context, const Piece& piece) { (*static_cast<const F*>(context))(piece); }, &f, products};
}

namespace detail {

/// The pieces of one C that tasks take.
struct Cut {
  TileSize tile;
  std::int64_t down, across;
  std::int64_t tasks() const { return down * across; }
};

/// Multiply-adds, counting what an element of C costs beside them. Few rows are a matter of memory.
inline std::int64_t product_work(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  return std::max(rows, few_rows_end) * columns * (depth + 16);
}

/// Cuts each of `products` of one size into tasks of about `work` multiply-adds, for `threads` of them at a time.
template <class T>
Cut cut_into_tasks(std::int64_t rows, std::int64_t columns, std::int64_t depth, std::int64_t work,
                   std::int64_t products, std::int64_t threads) {
  using Registers = RegisterTile<T>;
  if (rows == 0 || columns == 0) return {{1, 1}, 0, 0};
  // Packing for a small piece of C costs more than a second round of tasks evens out; rounds are whole.
  constexpr std::int64_t smallest = 40 << 10;
  const std::int64_t most = std::max(threads, rows * columns / smallest / threads * threads);
  const std::int64_t pieces = std::min((product_work(rows, columns, depth) + work - 1) / work, most);
  const TileSize t = task_tile(rows, columns, pieces, Registers::height, Registers::width,
                               largest_tile(sizeof(T), Registers::height, Registers::width, cache_sizes()), products,
                               threads);
  return {t, (rows + t.rows - 1) / t.rows, (columns + t.columns - 1) / t.columns};
}

/// Operands of one of several products.
template <class TC, class TA, class TB>
struct Operands {
  Matrix<TC> c;
  Matrix<const TA> a;
  Matrix<const TB> b;
  Panels<TB> ready{};   ///< B, if it was packed beforehand
  bool on_top = false;  ///< adds to C in any case

  /// A C that is dense along its columns is the transpose of one that is dense along its rows.
  bool wants_transposing() const { return !ready && c.column_stride != 1 && c.row_stride == 1; }
  Operands<TC, TB, TA> transposed() const { return {c.transposed(), b.transposed(), a.transposed(), {}, on_top}; }
};

/// How products add to C, and whether they write it past the caches where they can: see Writing.
template <class TC>
struct Adding {
  bool add;
  const Accumulator<TC>* bias = nullptr;
  bool past = false;
};
/// Whether no cache would keep results of so many elements until they are read: not those that the end of the product
/// reads, or another product adds to.
template <class TC>
bool outgrows_caches(std::int64_t elements, const Epilogue& end, bool added_to) {
  return !end && !added_to && static_cast<std::size_t>(elements) * sizeof(TC) >= 8 * cache_sizes().l2;
}

/// Task number `task` of a cut product: computes a piece of C and tells which.
template <class TC, class TA, class TB>
Piece product_task(const Cut& cut, std::int64_t task, const Operands<TC, TA, TB>& p, const Adding<TC>& how) {
  // Down first: threads take contiguous shares, and columns are cut more evenly than rows.
  const std::int64_t i = task % cut.down * cut.tile.rows, j = task / cut.down * cut.tile.columns;
  const std::int64_t rows = std::min(cut.tile.rows, p.c.rows - i), depth = p.a.columns;
  const std::int64_t columns = std::min(cut.tile.columns, p.c.columns - j);
  product(p.c.block(i, j, rows, columns), p.a.block(i, 0, rows, depth), p.b.block(0, j, depth, columns),
          how.add || p.on_top, how.bias ? how.bias + j : nullptr, how.past, p.ready.from_column(j));
  return {0, i, j, rows, columns};
}

/// The same for a group of products, given by at(product), and what they end in.
template <class TC, class F>
void group_task(const Cut& cut, std::int64_t task, std::int64_t group, const Adding<TC>& how, const Epilogue& end,
                const F& at) {
  Piece piece{};
  for (std::int64_t q = 0; q < end.products; ++q) piece = product_task(cut, task, at(group * end.products + q), how);
  piece.product = group;
  end(piece);
}

/// A second thread pays from about 20 us of work on.
inline std::int64_t threads_for(std::int64_t work) {
  return work < (std::int64_t{1} << 20) ? 1 : executor().threads();
}

/// `batch` products of one size, whose operands at(p) gives.
template <class TC, class F>
void cut_products(std::int64_t batch, bool add, const Accumulator<TC>* bias, const F& at, const Epilogue& end = {}) {
  if (batch == 0) return;
  const auto first = at(0);
  const std::int64_t one = product_work(first.c.rows, first.c.columns, first.a.columns);
  const std::int64_t threads = threads_for(batch * one), work = task_work(batch * one, threads);
  const Cut cut = cut_into_tasks<Accumulator<TC>>(first.c.rows, first.c.columns, first.a.columns, work / end.products,
                                                  batch / end.products, threads);
  const std::int64_t tasks = cut.tasks() * batch / end.products;
  const Adding<TC> how{add, bias, outgrows_caches<TC>(batch * first.c.rows * first.c.columns, end, first.on_top)};
  const auto run = [&](std::int64_t task) {
    group_task<TC>(cut, task % cut.tasks(), task / cut.tasks(), how, end, at);
  };
  const auto run_all = [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t task = from; task < to; ++task) run(task);
  };
  if (threads == 1) run_all(0, tasks);
  else if (cut.tasks() > 1) parallel_tasks(tasks, run);
  else parallel_for(tasks, work / (one * end.products), run_all);  // many small products share a task
}

}  // namespace detail

/// C (+)= A B (+ bias over columns)      A: (M, K)  B: (K, N)  C: (M, N)  bias: (N) or null
/// float and double; bf16 and half mix with float, sums in float. K = 0 gives zero (or the bias). Each element is
/// summed over K in one order that depends on nothing else: see depth_block. `end` is called with every piece of C.
template <class TC, class TA, class TB>
void matmul(Device, Matrix<TC> c, Matrix<const TA> a, Matrix<const TB> b, bool add,
            const std::type_identity_t<Accumulator<TC>>* bias = nullptr, const Epilogue& end = {}) {
  const detail::Operands<TC, TA, TB> p{c, a, b};
  if (p.wants_transposing() && !bias)
    detail::cut_products<TC>(1, add, nullptr, [&](std::int64_t) { return p.transposed(); }, end.transposed());
  else detail::cut_products<TC>(1, add, bias, [&](std::int64_t) { return p; }, end);
}

/// The same for a B that was packed beforehand, because it is used often.
template <class TC, class TA, class TB>
void matmul(Device, Matrix<TC> c, Matrix<const TA> a, const Panels<TB>& b, bool add,
            const std::type_identity_t<Accumulator<TC>>* bias = nullptr, const Epilogue& end = {}) {
  const detail::Operands<TC, TA, TB> p{c, a, Matrix<const TB>{nullptr, b.rows, b.columns, 0, 0}, b};
  detail::cut_products<TC>(1, add, bias, [&](std::int64_t) { return p; }, end);
}

/// The same for i in 0 .. batch-1 and operands moved on by i times their steps (0 broadcasts; not for C).
template <class TC, class TA, class TB>
void matmul_batched(Device, std::int64_t batch, Matrix<TC> c, std::int64_t c_step, Matrix<const TA> a,
                    std::int64_t a_step, Matrix<const TB> b, std::int64_t b_step, bool add) {
  const auto at = [&](std::int64_t i) {
    return detail::Operands<TC, TA, TB>{c.shifted(i * c_step), a.shifted(i * a_step), b.shifted(i * b_step)};
  };
  if (at(0).wants_transposing())
    detail::cut_products<TC>(batch, add, nullptr, [&](std::int64_t i) { return at(i).transposed(); });
  else detail::cut_products<TC>(batch, add, nullptr, at);
}

/// The same over any leading axes: c (..., M, N)  a (..., M, K)  b (..., K, N), with any strides, 0 where broadcast.
template <class TC, class TA, class TB>
void matmul_strided(Device, StridedView<TC> c, StridedView<const TA> a, StridedView<const TB> b, bool add) {
  const int leading = c.shape.rank - 2;
  const auto at = [&](std::int64_t i) {
    const auto matrix = [&](const auto& v) {
      std::int64_t offset = 0, rest = i;
      for (int k = leading - 1; k >= 0; --k) {
        offset += rest % c.shape.dims[k] * v.strides.dims[k];
        rest /= c.shape.dims[k];
      }
      return Matrix{v.data + offset, v.shape[-2], v.shape[-1], v.strides[-2], v.strides[-1]};
    };
    return detail::Operands<TC, TA, TB>{matrix(c), matrix(a), matrix(b)};
  };
  const std::int64_t batch = c.shape.first(leading).size();
  if (batch == 0) return;
  if (detail::Operands<TC, TA, TB>{at(0)}.wants_transposing())
    detail::cut_products<TC>(batch, add, nullptr, [&](std::int64_t i) { return at(i).transposed(); });
  else detail::cut_products<TC>(batch, add, nullptr, at);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
