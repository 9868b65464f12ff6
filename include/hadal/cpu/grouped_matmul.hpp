// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/view.hpp>
#include <hadal/cpu/matmul.hpp>

#include <algorithm>
#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Runs products of different sizes, given by product(i), as tasks of one parallel region: end.products of them, which
/// share a size, for each of `groups`.
template <class TC, class F>
void grouped_products(std::int64_t groups, bool add, const F& product, const Epilogue& end = {}) {
  const auto of_group = [&](std::int64_t g) { return product(g * end.products); };
  std::int64_t total = 0, elements = 0;
  bool added_to = false;
  for (std::int64_t i = 0; i < groups * end.products; ++i) {
    const auto p = product(i);
    total += product_work(p.c.rows, p.c.columns, p.a.columns);
    elements += p.c.rows * p.c.columns;
    added_to |= p.on_top;
  }
  const Adding<TC> how{add, nullptr, outgrows_caches<TC>(elements, end, added_to)};
  const std::int64_t threads = threads_for(total), work = task_work(total, threads) / end.products;
  const auto cut = [&](const auto& p) {
    return cut_into_tasks<Accumulator<TC>>(p.c.rows, p.c.columns, p.a.columns, work, groups, threads);
  };
  Scratch<std::int64_t> first(groups + 1);  // the first task of every group
  first[0] = 0;
  for (std::int64_t g = 0; g < groups; ++g) first[g + 1] = first[g] + cut(of_group(g)).tasks();
  const std::int64_t* begin = first.data();
  const auto run = [&](std::int64_t task) {
    const std::int64_t g = std::upper_bound(begin, begin + groups + 1, task) - begin - 1;
    group_task<TC>(cut(of_group(g)), task - begin[g], g, how, end, product);
  };
  if (threads > 1) return parallel_tasks(first[groups], run);
  for (std::int64_t task = 0; task < first[groups]; ++task) run(task);
}

/// Rows [offsets[e], offsets[e + 1]) of a view.
template <class T>
Matrix<T> rows_of_group(const View<T>& v, const View<const std::int32_t>& offsets, std::int64_t e) {
  return {v.row(offsets.data[e]), offsets.data[e + 1] - offsets.data[e], v.columns(), v.row_stride, 1};
}
/// Matrix e of a view of (E, rows, columns), which may lie apart.
template <class T>
Matrix<T> matrix_of_group(const StridedView<T>& v, std::int64_t e) {
  return {v.data + e * v.strides[0], v.shape[1], v.shape[2], v.strides[1], v.strides[2]};
}
template <class T>
Matrix<T> matrix_of_group(const View<T>& v, std::int64_t e) {
  return {v.row(e * v.shape[1]), v.shape[1], v.shape[2], v.row_stride, 1};
}

inline void check_offsets(const View<const std::int32_t>& offsets, std::int64_t rows) {
  const std::int32_t* o = offsets.data;
  const std::int64_t groups = offsets.size() - 1;
  HADAL_CHECK(o[0] == 0 && o[groups] == rows, IndexError, "grouped_linear: offsets must go from 0 to the ", rows,
              " rows, got ", o[0], " to ", o[groups]);
  for (std::int64_t e = 0; e < groups; ++e)
    HADAL_CHECK(o[e] <= o[e + 1], IndexError, "grouped_linear: offsets must not descend, got ", o[e], " then ",
                o[e + 1], " at group ", e);
}

}  // namespace detail

// Rows are sorted by group (expert): group e owns rows offsets[e] .. offsets[e + 1] of x and y, and weight e.
// x: (N, in)  weight: (E, out, in), with any strides  y: (N, out)  offsets: (E + 1)

/// y_e = x_e W_e^T
template <class TY, class TX, class TW>
void grouped_linear_forward(Device, View<TY> y, View<const TX> x, StridedView<const TW> weight,
                            View<const std::int32_t> offsets) {
  detail::check_offsets(offsets, x.rows());
  detail::grouped_products<TY>(weight.shape[0], false, [&](std::int64_t e) {
    return detail::Operands<TY, TX, TW>{detail::rows_of_group(y, offsets, e), detail::rows_of_group(x, offsets, e),
                                       detail::matrix_of_group(weight, e).transposed()};
  });
}

/// dx_e (+)= dy_e W_e
template <class G, class TY, class TW>
void grouped_linear_backward_input(Device, GradView<G> dx, View<const TY> dy, StridedView<const TW> weight,
                                   View<const std::int32_t> offsets) {
  if (!dx) return;
  detail::grouped_products<G>(weight.shape[0], dx.add, [&](std::int64_t e) {
    return detail::Operands<G, TY, TW>{detail::rows_of_group(dx.view, offsets, e),
                                      detail::rows_of_group(dy, offsets, e), detail::matrix_of_group(weight, e)};
  });
}

/// dW_e (+)= dy_e^T x_e; an expert without rows gets zeros (or nothing added).
template <class G, class TY, class TX>
void grouped_linear_backward_weight(Device, GradView<G> dweight, View<const TY> dy, View<const TX> x,
                                    View<const std::int32_t> offsets) {
  if (!dweight) return;
  detail::grouped_products<G>(dweight.view.shape[0], dweight.add, [&](std::int64_t e) {
    return detail::Operands<G, TY, TX>{detail::matrix_of_group(dweight.view, e),
                                      detail::rows_of_group(dy, offsets, e).transposed(),
                                      detail::rows_of_group(x, offsets, e)};
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
