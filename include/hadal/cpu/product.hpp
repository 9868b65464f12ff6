// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/blocking.hpp>
#include <hadal/cpu/few_rows.hpp>
#include <hadal/cpu/micro_kernel.hpp>
#include <hadal/cpu/pack.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Whether kernels may read A where it lies. Rows whose distance is a multiple of a page fall into few cache sets.
template <class T, class S>
bool readable_in_place(const Matrix<const S>& a) {
  if (!std::is_same_v<S, T>) return false;
  return a.row_stride == 1 || a.row_stride * static_cast<std::int64_t>(sizeof(S)) % 4096 != 0;
}

/// c (+)= a b (+ bias) for a c with dense rows of the type sums are kept in, block by block of the depth: A packed (or
/// not), then each panel of B packed just before it meets all panels of A.
template <class T, class TA, class TB>
void packed_product(Matrix<T> c, Matrix<const TA> a, Matrix<const TB> b, bool add, const T* bias) {
  constexpr int n = lanes<T>, width = RegisterTile<T>::width;
  constexpr std::int64_t few_rows = 4 * RegisterTile<T>::height;
  const std::int64_t block = std::min(depth_block, a.columns);
  // Packing A pays when it is read often.
  const bool a_in_place = block > 0 && c.columns <= 16 * width && readable_in_place<T>(a);
  const bool b_in_place = std::is_same_v<TB, T> && block > 0 && b.column_stride == 1 && c.rows <= few_rows;
  Scratch<T> a_packed(a_in_place ? 0 : c.rows * block + pack_slack<T>), b_packed(width * block + pack_slack<T>);
  std::int64_t k = 0;
  do {
    const std::int64_t depth = std::min(depth_block, a.columns - k);
    const bool last = k + depth == a.columns;
    for (std::int64_t i = 0; i < c.rows && !a_in_place;) {
      const int height = panel_height<T>(c.rows - i);
      pack_panel<T>(a_packed + i * depth, height, a.block(i, k, height, depth), c.rows - i);
      i += height;
    }
    for (std::int64_t j = 0; j < c.columns; j += width) {
      const int columns = static_cast<int>(std::min<std::int64_t>(width, c.columns - j));
      const int vectors = columns <= n ? 1 : 2;
      const T* panel = b_packed.data();
      std::int64_t panel_step = vectors * n;
      if (b_in_place && columns == vectors * n) {
        if constexpr (std::is_same_v<TB, T>) panel = &b.at(k, j);
        panel_step = b.row_stride;
      } else {
        pack_panel<T>(b_packed.data(), vectors * n, b.block(k, j, depth, columns).transposed(), columns);
      }
      for (std::int64_t i = 0; i < c.rows;) {
        const int height = panel_height<T>(c.rows - i);
        TileInput<T> rows{a_packed + i * depth, 1, height};
        if constexpr (std::is_same_v<TA, T>)
          if (a_in_place) rows = {&a.at(i, k), a.row_stride, a.column_stride};
        const TileOutput<T> out{&c.at(i, j), c.row_stride, columns, add || k > 0, bias && last ? bias + j : nullptr};
        if (vectors == 1) run_micro_kernel<1>(height, depth, rows, panel, panel_step, out);
        else run_micro_kernel<2>(height, depth, rows, panel, panel_step, out);
        i += height;
      }
    }
    k += depth;
  } while (k < a.columns);
}

}  // namespace detail

/// C (+)= A B (+ bias over columns) on the calling thread, for a piece of C of at most about largest_tile.
/// A: (M, K)  B: (K, N)  C: (M, N). Sums are kept in Accumulator<TC>; a C of half width, or with strided rows, is
/// gathered in scratch and written once.
template <class TC, class TA, class TB>
void product(Matrix<TC> c, Matrix<const TA> a, Matrix<const TB> b, bool add,
             const std::type_identity_t<Accumulator<TC>>* bias = nullptr) {
  using T = Accumulator<TC>;
  static_assert(std::is_same_v<Accumulator<TA>, T> && std::is_same_v<Accumulator<TB>, T>,
                "double does not mix with float, bf16 and half");
  if (c.rows == 0 || c.columns == 0) return;
  if (has_few_rows(c, b)) return few_rows_product(c, a, b, add, bias);
  if constexpr (std::is_same_v<TC, T>) {
    if (c.column_stride == 1) return detail::packed_product(c, a, b, add, bias);
  }
  Scratch<T> sums(c.rows * c.columns);
  const Matrix<T> s = dense_matrix(sums.data(), c.rows, c.columns);
  if (add)
    for (std::int64_t i = 0; i < c.rows; ++i)
      for (std::int64_t j = 0; j < c.columns; ++j) s.at(i, j) = static_cast<T>(c.at(i, j));
  detail::packed_product<T>(s, a, b, add, nullptr);
  for (std::int64_t i = 0; i < c.rows; ++i)
    for (std::int64_t j = 0; j < c.columns; ++j)
      c.at(i, j) = static_cast<TC>(bias ? s.at(i, j) + bias[j] : s.at(i, j));
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
