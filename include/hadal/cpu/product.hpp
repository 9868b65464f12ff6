// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/few_rows.hpp>
#include <hadal/cpu/packed_product.hpp>

#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Whether all rows begin at a multiple of a cache line.
template <class T>
bool aligned(const Matrix<T>& m) {
  return (reinterpret_cast<std::uintptr_t>(m.data) | static_cast<std::uintptr_t>(m.row_stride) * sizeof(T)) % 64 == 0;
}

}  // namespace detail

/// C (+)= A B (+ bias over columns) on the calling thread, for a piece of C of at most about largest_tile.
/// A: (M, K)  B: (K, N)  C: (M, N). Sums are kept in Accumulator<TC>; a C of half width, or with strided rows, is
/// gathered in scratch and written once. `past`: past the caches, if that can be. `ready`: B packed beforehand; then b
/// has no data.
template <class TC, class TA, class TB>
void product(Matrix<TC> c, Matrix<const TA> a, Matrix<const TB> b, bool add,
             const std::type_identity_t<Accumulator<TC>>* bias = nullptr, bool past = false,
             const Panels<TB>& ready = {}) {
  using T = Accumulator<TC>;
  static_assert(std::is_same_v<Accumulator<TA>, T> && std::is_same_v<Accumulator<TB>, T>,
                "double does not mix with float, bf16 and half");
  if (c.rows == 0 || c.columns == 0) return;
  if (ready && c.rows < few_rows_end) return few_rows_product(c, a, ready, add, bias);
  if (!ready && has_few_rows(c, b)) return few_rows_product(c, a, b, add, bias);
  if constexpr (std::is_same_v<TC, T>) {
    if (c.column_stride == 1) {
      const bool once = !add && !bias && a.columns <= depth_block;
      return detail::PackedProduct<T, TA, TB>(c, a, b, add, bias, past && once && detail::aligned(c), ready).run();
    }
  }
  Scratch<T> sums(c.rows * c.columns);
  const Matrix<T> s = dense_matrix(sums.data(), c.rows, c.columns);
  if (add)
    for (std::int64_t i = 0; i < c.rows; ++i)
      for (std::int64_t j = 0; j < c.columns; ++j) s.at(i, j) = static_cast<T>(c.at(i, j));
  detail::PackedProduct<T, TA, TB>(s, a, b, add, nullptr, false, ready).run();
  for (std::int64_t i = 0; i < c.rows; ++i)
    for (std::int64_t j = 0; j < c.columns; ++j) c.at(i, j) = static_cast<TC>(bias ? s.at(i, j) + bias[j] : s.at(i, j));
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
