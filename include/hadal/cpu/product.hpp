// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/ahead.hpp>
#include <hadal/cpu/blocking.hpp>
#include <hadal/cpu/few_rows.hpp>
#include <hadal/cpu/micro_kernel.hpp>
#include <hadal/cpu/pack.hpp>
#include <hadal/cpu/writing.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// The part of a matrix between `begin` and `begin + n` when its dense rows or columns are cut into `of`.
template <class S>
Matrix<const S> part(Matrix<const S> m, std::int64_t begin, std::int64_t of, std::int64_t n) {
  if (m.column_stride != 1) m = m.transposed();
  const std::int64_t first = m.rows * begin / of;
  return m.block(first, 0, m.rows * (begin + n) / of - first, m.columns);
}

/// Whether all rows begin at a multiple of a cache line.
template <class T>
bool aligned(const Matrix<T>& m) {
  return (reinterpret_cast<std::uintptr_t>(m.data) | static_cast<std::uintptr_t>(m.row_stride) * sizeof(T)) % 64 == 0;
}

/// How kernels read A: where it lies; its rows copied, a packet further apart than they are long; or in panels, which
/// many columns of C repay.
enum class FormOfA { in_place, copied, panels };
template <class T, class S>
FormOfA form_of_a(const Matrix<const S>& a, bool few_columns) {
  const bool well_apart = a.row_stride == 1 || !far_apart<S>(a.row_stride);
  if (std::is_same_v<S, T> && well_apart && (few_columns || a.column_stride == 1)) return FormOfA::in_place;
  return few_columns && a.column_stride == 1 ? FormOfA::copied : FormOfA::panels;
}

template <class T, class S>
HADAL_NOINLINE void copy_rows(T* out, std::int64_t stride, Matrix<const S> a) {
  for (std::int64_t i = 0; i < a.rows; ++i) {
    const S* from = &a.at(i, 0);
    T* to = out + i * stride;
    sweep<T>(a.columns, [&](std::int64_t k, auto part) { write(to + k, part, read(from + k, part)); });
  }
}

/// Packs a block of A, panel after panel; `readable` rows of it may be read.
template <class T, class S>
HADAL_NOINLINE void pack_rows(T* out, Matrix<const S> a, std::int64_t readable) {
  constexpr int most = RegisterTile<T>::height;
  const std::int64_t whole = a.row_stride == 1 ? a.rows / most : 0;
  if (whole > 0) pack_panels<most>(out, whole, a, readable);
  for (std::int64_t i = whole * most; i < a.rows;) {
    const int height = panel_height<T>(a.rows - i);
    pack_panel<T>(out + i * a.columns, height, a.block(i, 0, height, a.columns), readable - i);
    i += height;
  }
}

/// Panels of a B with dense rows that are packed, and asked for, at once: wide parts of rows come faster.
inline constexpr std::int64_t panels_together = 4;

/// The part of B that is packed or read after the panel of `width` columns at (k, j) of a strip that begins at j0: the
/// panel beside it or, of dense rows, a share of the rows of those that come next together. After the last panel of a
/// block of the depth it is the next block's.
template <int width, class S>
Matrix<const S> part_after_panel(const Matrix<const S>& b, std::int64_t k, std::int64_t j, std::int64_t j0) {
  const std::int64_t panels = b.column_stride == 1 ? panels_together : 1, q = (j - j0) / width % panels;
  std::int64_t beside = j + (panels - q) * width;
  if (beside >= b.columns) beside = 0, k += depth_block;
  const std::int64_t rows = std::min(depth_block, b.rows - k) / panels;
  if (rows <= 0) return {};
  return b.block(k + rows * q, beside, rows, std::min(panels * width, b.columns - beside));
}

/// c (+)= a b (+ bias) for a c with dense rows of the type sums are kept in, block by block of the depth and strip by
/// strip of B. Each panel of B is packed just before it meets the first rows, and kept for the others, which go through
/// the strip panel by panel of A, along the rows of C. If B is `ready`, packed beforehand, b tells its size alone, and
/// packing is widening a panel to T or, of T, nothing.
template <class T, class TA, class TB>
void packed_product(Matrix<T> c, Matrix<const TA> a, Matrix<const TB> b, bool add, const T* bias, bool past,
                    const Panels<TB>& ready) {
  constexpr int n = lanes<T>, width = RegisterTile<T>::width, most = RegisterTile<T>::height;
  constexpr std::int64_t group = 96 / most * most, few_terms = 32;
  constexpr std::int64_t together = panels_together * width;
  const std::int64_t block = std::min(depth_block, a.columns);
  Writing writing(add);
  writing.past = past;
  const FormOfA form = block > 0 ? form_of_a<T>(a, c.columns <= 4 * width) : FormOfA::panels;
  const bool a_in_place = form == FormOfA::in_place, a_copied = form == FormOfA::copied;
  const std::int64_t a_stride = a_copied ? padded<T>(block) + n : block;
  const bool b_rows = !ready && b.column_stride == 1, b_is_wide = ready && std::is_same_v<TB, T>;
  // Packing B pays when many rows read it from afar.
  const auto b_bytes = static_cast<std::size_t>(block * b.row_stride) * sizeof(T);
  const bool b_near = c.rows <= 16 || (block > few_terms && b_bytes <= cache_sizes().l1 / 2);
  const bool b_in_place = std::is_same_v<TB, T> && block > 0 && b_rows &&
                          (b_near || (c.rows <= 4 * most && !far_apart<TB>(b.row_stride)));
  const std::int64_t strip = block <= few_terms ? (c.columns + width - 1) / width * width
                             : c.rows > group   ? largest_strip(sizeof(T), width, cache_sizes())
                             : b_rows           ? together
                                                : width;
  // A strip over all columns meets a group of rows once; then only one group need be ready.
  const bool all_rows = c.columns > strip;
  const std::int64_t a_rows = all_rows ? c.rows : std::min(group, c.rows);
  Scratch<T> a_packed(a_in_place ? 0 : a_rows * a_stride + pack_slack<T>);
  Scratch<T> b_packed(b_is_wide ? 0 : std::min(strip, c.columns + width) * block + pack_slack<T>);
  std::int64_t k = 0;
  do {
    const std::int64_t depth = std::min(depth_block, a.columns - k);
    const bool last = k + depth == a.columns;
    const std::int64_t k_next = k + depth, depth_next = std::min(depth_block, a.columns - k_next);
    for (std::int64_t j0 = 0; j0 < c.columns; j0 += strip) {
      const std::int64_t end = std::min(j0 + strip, c.columns), panels = (end - j0 + width - 1) / width;
      for (std::int64_t i0 = 0, rows; i0 < c.rows; i0 += rows) {
        const std::int64_t first = i0 / group * group, in_group = std::min(group, c.rows - first);
        const std::int64_t next = j0 == 0 ? std::min(first + group, c.rows) : c.rows;
        const bool below = next == c.rows && j0 + strip >= c.columns;
        const auto a_next = below ? a.block(0, k_next, std::min(group, c.rows), depth_next)
                                  : a.block(next, k, std::min(group, c.rows - next), depth);
        const std::int64_t a_row = a_copied ? a_stride : depth;  // elements a packed row takes
        T* const group_rows = a_packed + (all_rows ? first * a_row : 0);
        if (i0 == first && j0 == 0 && !a_in_place) {
          const auto a_block = a.block(first, k, in_group, depth);
          if (a_copied) copy_rows(group_rows, a_stride, a_block);
          else pack_rows(group_rows, a_block, c.rows - first);
        }
        rows = i0 == 0 && block > few_terms ? in_group : std::min<std::int64_t>(most, c.rows - i0);
        for (std::int64_t j = j0; j < end; j += width) {
          const int columns = static_cast<int>(std::min<std::int64_t>(width, c.columns - j));
          const int vectors = columns <= n ? 1 : 2;
          const bool packing = i0 == 0 && !b_is_wide;
          T* const packed = b_is_wide ? nullptr : b_packed + (j - j0) * depth;
          const T* panel = packed;
          std::int64_t panel_step = vectors * n;
          if (b_is_wide) {
            if constexpr (std::is_same_v<TB, T>) panel = ready.at(k, j, depth);
          } else if (b_in_place && columns == vectors * n) {
            if constexpr (std::is_same_v<TB, T>) panel = &b.at(k, j);
            panel_step = b.row_stride;
          } else if (packing && ready) {
            const TB* from = ready.at(k, j, depth);
            for (std::int64_t e = 0; e < depth * vectors * n; e += n) store(packed + e, load(from + e));
          } else if (packing && b_rows && columns == width) {
            if ((j - j0) % together == 0) {
              const std::int64_t count = std::min(together, end - j) / width;
              pack_panels<width>(packed, count, b.block(k, j, depth, count * width).transposed(), end - j);
            }
          } else if (packing) {
            pack_panel<T>(packed, vectors * n, b.block(k, j, depth, columns).transposed(), columns);
          }
          // What is packed or read next comes nearer in the meantime.
          Ahead ahead, a_ahead;
          if (block > few_terms) {
            const std::int64_t terms = (rows + most - 1) / most * depth;
            if (a_next.rows > 0 && a_next.columns > 0)
              a_ahead = {part(a_next, (i0 - first) * panels + (j - j0) / width * rows, in_group * panels, rows), terms};
            if (packing && !ready) ahead = {part_after_panel<width>(b, k, j, j0), terms};
            if (ahead.empty()) std::swap(ahead, a_ahead);
          }
          for (std::int64_t i = i0; i < i0 + rows;) {
            const int height = panel_height<T>(i0 + rows - i);
            TileInput<T> in{group_rows + (i - first) * a_row, 1, height};
            if (a_copied) in.row_stride = a_stride, in.step = 1;
            if constexpr (std::is_same_v<TA, T>)
              if (a_in_place) in = {&a.at(i, k), a.row_stride, a.column_stride};
            const TileOutput<T> out{&c.at(i, j), c.row_stride, columns, add || k > 0, bias && last ? bias + j : nullptr,
                                    past};
            if (vectors == 1) run_micro_kernel<1>(height, depth, in, panel, panel_step, out, ahead);
            else run_micro_kernel<2>(height, depth, in, panel, panel_step, out, ahead);
            i += height;
          }
          a_ahead.ask_for_all();
        }
      }
    }
    k += depth;
  } while (k < a.columns);
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
      return detail::packed_product(c, a, b, add, bias, past && once && detail::aligned(c), ready);
    }
  }
  Scratch<T> sums(c.rows * c.columns);
  const Matrix<T> s = dense_matrix(sums.data(), c.rows, c.columns);
  if (add)
    for (std::int64_t i = 0; i < c.rows; ++i)
      for (std::int64_t j = 0; j < c.columns; ++j) s.at(i, j) = static_cast<T>(c.at(i, j));
  detail::packed_product<T>(s, a, b, add, nullptr, false, ready);
  for (std::int64_t i = 0; i < c.rows; ++i)
    for (std::int64_t j = 0; j < c.columns; ++j) c.at(i, j) = static_cast<TC>(bias ? s.at(i, j) + bias[j] : s.at(i, j));
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
