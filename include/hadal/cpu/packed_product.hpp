// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/ahead.hpp>
#include <hadal/cpu/blocking.hpp>
#include <hadal/cpu/matrix.hpp>
#include <hadal/cpu/micro_kernel.hpp>
#include <hadal/cpu/pack.hpp>
#include <hadal/cpu/small_product.hpp>
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

/// How kernels read A: where it lies; its rows copied next to each other; or in panels, which many columns of C repay.
enum class FormOfA { in_place, copied, panels };
template <class T, class S>
FormOfA form_of_a(const Matrix<const S>& a, bool few_columns) {
  const bool well_apart = a.row_stride == 1 || !far_apart<S>(a.row_stride);
  if (std::is_same_v<S, T> && well_apart && (few_columns || a.column_stride == 1)) return FormOfA::in_place;
  return few_columns && a.column_stride == 1 ? FormOfA::copied : FormOfA::panels;
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
class PackedProduct {
 public:
  PackedProduct(Matrix<T> c, Matrix<const TA> a, Matrix<const TB> b, bool add, const T* bias, bool past,
                const Panels<TB>& ready)
      : c_(c), a_(a), b_(b), ready_(ready), bias_(bias), add_(add), past_(past) {}

  void run() {
    Writing writing(add_);
    writing.past = past_;
    do {
      depth_ = std::min(depth_block, a_.columns - k_);
      for (j0_ = 0; j0_ < c_.columns; j0_ += strip_)
        for (first_ = 0; first_ < c_.rows; first_ += group) meet_group();
      k_ += depth_;
    } while (k_ < a_.columns);
  }

 private:
  static constexpr int n = lanes<T>, width = RegisterTile<T>::width, most = RegisterTile<T>::height;
  static constexpr std::int64_t group = 96 / most * most, few_terms = 32, together = panels_together * width;

  /// The rows of a group and the strip at hand.
  void meet_group() {
    rows_ = std::min(group, c_.rows - first_);
    group_rows_ = a_packed_ + (all_rows_ ? first_ * a_row() : 0);
    if (j0_ == 0 && form_ != FormOfA::in_place) pack_group();
    std::int64_t i = 0;
    if (first_ == 0) {
      i = block_ > few_terms ? rows_ : std::min<std::int64_t>(most, rows_);
      meet_first_rows(i);
    }
    for (; i < rows_; i += most) meet_strip(i, std::min<std::int64_t>(most, rows_ - i));
  }
  /// The first rows meet the strip panel by panel, as these are packed.
  void meet_first_rows(std::int64_t rows) {
    const std::int64_t end = std::min(j0_ + strip_, c_.columns), panels = (end - j0_ + width - 1) / width;
    for (std::int64_t j = j0_; j < end; j += width) {
      if (!b_is_wide_) pack_panel_of_b(j, end);
      // What is packed or read next comes nearer in the meantime.
      const std::int64_t terms = (rows + most - 1) / most * depth_;
      Ahead ahead, a_ahead = ahead_of_a((j - j0_) / width * rows, rows_ * panels, rows, terms);
      if (block_ > few_terms && !ready_) ahead = {part_after_panel<width>(b_, k_, j, j0_), terms};
      if (ahead.empty()) std::swap(ahead, a_ahead);
      for (std::int64_t i = 0; i < rows;) {
        const int height = panel_height<T>(rows - i);
        const std::int64_t tiles = height == most ? (rows - i) / most : 1;
        multiply(i, height, j, tiles, true, ahead);
        i += tiles * height;
      }
      a_ahead.ask_for_all();
    }
  }
  /// Other rows meet a strip that is packed, along the rows of C.
  void meet_strip(std::int64_t i, std::int64_t rows) {
    const std::int64_t end = std::min(j0_ + strip_, c_.columns), whole = (end - j0_) / width;
    Ahead ahead = ahead_of_a(i, rows_, rows, (end - j0_ + width - 1) / width * depth_);
    for (std::int64_t last = i + rows; i < last;) {
      const int height = panel_height<T>(last - i);
      if (whole > 0) multiply(i, height, j0_, whole, false, ahead);
      if (j0_ + whole * width < end) multiply(i, height, j0_ + whole * width, 1, false, ahead);
      i += height;
    }
  }
  /// `tiles` tiles of C, down or along its rows, from row i of the group and column j on.
  void multiply(std::int64_t i, int height, std::int64_t j, std::int64_t tiles, bool down, Ahead& ahead) {
    const int columns = static_cast<int>(std::min<std::int64_t>(width, c_.columns - j)), vectors = columns <= n ? 1 : 2;
    TileInput<T> in{group_rows_ + i * a_row(), 1, height};
    if (form_ == FormOfA::copied) in.row_stride = a_row(), in.step = 1;
    if constexpr (std::is_same_v<TA, T>)
      if (form_ == FormOfA::in_place) in = {&a_.at(first_ + i, k_), a_.row_stride, a_.column_stride};
    const T* panel = b_packed_ + (j - j0_) * depth_;
    std::int64_t step = vectors * n, beside = width * depth_;
    if constexpr (std::is_same_v<TB, T>) {
      if (b_is_wide_) panel = ready_.at(k_, j, depth_);
      else if (in_place(columns)) panel = &b_.at(k_, j), step = b_.row_stride, beside = width;
    }
    const T* const bias = bias_ && k_ + depth_ == a_.columns ? bias_ + j : nullptr;
    const TileOutput<T> out{&c_.at(first_ + i, j), c_.row_stride, columns, add_ || k_ > 0, bias, past_};
    const TileWalk walk = down ? TileWalk{tiles, form_ == FormOfA::panels ? height * depth_ : height * in.row_stride, 0,
                                          height * c_.row_stride, 0}
                               : TileWalk{tiles, 0, beside, width, width};
    if (vectors == 1) run_micro_kernel<1>(height, depth_, in, panel, step, out, walk, ahead);
    else run_micro_kernel<2>(height, depth_, in, panel, step, out, walk, ahead);
  }

  HADAL_NOINLINE void pack_group() {
    const Matrix<const TA> block = a_.block(first_, k_, rows_, depth_);
    if (form_ == FormOfA::copied) widen_rows(group_rows_, block.data, block.row_stride, rows_, depth_, T(1));
    else pack_rows(group_rows_, block, c_.rows - first_);
  }
  /// The panel of B from column j on or, where dense rows are packed together, those up to `end` that are with it.
  HADAL_NOINLINE void pack_panel_of_b(std::int64_t j, std::int64_t end) {
    const std::int64_t columns = std::min<std::int64_t>(width, c_.columns - j), wide = columns <= n ? n : width;
    T* const to = b_packed_ + (j - j0_) * depth_;
    if (in_place(columns)) return;
    if (ready_) {
      const TB* from = ready_.at(k_, j, depth_);
      for (std::int64_t e = 0; e < depth_ * wide; e += n) store(to + e, load(from + e));
    } else if (b_rows_ && columns == width) {
      if ((j - j0_) % together != 0) return;
      const std::int64_t count = std::min(together, end - j) / width;
      pack_panels<width>(to, count, b_.block(k_, j, depth_, count * width).transposed(), end - j);
    } else {
      pack_panel<T>(to, wide, b_.block(k_, j, depth_, columns).transposed(), columns);
    }
  }

  /// Whether a panel of so many columns is read where it lies.
  bool in_place(std::int64_t columns) const { return b_in_place_ && (columns == width || columns == n); }
  /// Elements that a packed row of A takes.
  std::int64_t a_row() const { return form_ == FormOfA::copied ? padded<T>(depth_) : depth_; }
  /// What is asked for of the rows of A that come after those of this group, or the first of the next block of the
  /// depth: the part from `begin` to `begin + share` when they are cut into `of`, while `terms` terms pass.
  HADAL_NOINLINE Ahead ahead_of_a(std::int64_t begin, std::int64_t of, std::int64_t share, std::int64_t terms) const {
    if (block_ <= few_terms) return {};
    std::int64_t next = j0_ == 0 ? first_ + group : c_.rows, k = k_;
    if (next >= c_.rows) {
      if (j0_ + strip_ < c_.columns) return {};
      next = 0, k += depth_;
    }
    const std::int64_t rows = std::min(group, c_.rows - next), depth = std::min(depth_block, a_.columns - k);
    return depth > 0 ? Ahead{part(a_.block(next, k, rows, depth), begin, of, share), terms} : Ahead{};
  }

  const Matrix<T> c_;
  const Matrix<const TA> a_;
  const Matrix<const TB> b_;
  const Panels<TB> ready_;
  const T* const bias_;
  const bool add_, past_;

  const std::int64_t block_ = std::min(depth_block, a_.columns);
  const FormOfA form_ = block_ > 0 ? form_of_a<T>(a_, c_.columns <= 4 * width) : FormOfA::panels;
  const bool b_rows_ = !ready_ && b_.column_stride == 1, b_is_wide_ = ready_ && std::is_same_v<TB, T>;
  // Packing B pays when many rows read it from afar.
  const bool b_near_ = c_.rows <= 16 || (block_ > few_terms && static_cast<std::size_t>(block_ * b_.row_stride) *
                                                                       sizeof(T) <= cache_sizes().l1 / 2);
  const bool b_in_place_ = std::is_same_v<TB, T> && block_ > 0 && b_rows_ &&
                           (b_near_ || (c_.rows <= 4 * most && !far_apart<TB>(b_.row_stride)));
  const std::int64_t strip_ = block_ <= few_terms ? (c_.columns + width - 1) / width * width
                              : c_.rows > group   ? largest_strip(sizeof(T), width, cache_sizes())
                              : b_rows_           ? together
                                                  : width;
  // A strip over all columns meets a group of rows once; then only one group need be ready.
  const bool all_rows_ = c_.columns > strip_;
  const Scratch<T> a_packed_{form_ == FormOfA::in_place ? 0 : (all_rows_ ? c_.rows : std::min(group, c_.rows)) *
                                                                      padded<T>(block_) + pack_slack<T>};
  const Scratch<T> b_packed_{b_is_wide_ ? 0 : std::min(strip_, c_.columns + width) * block_ + pack_slack<T>};

  // What is at hand: a block of the depth, a strip of B, and a group of rows of A.
  std::int64_t k_ = 0, depth_ = 0, j0_ = 0, first_ = 0, rows_ = 0;
  T* group_rows_ = nullptr;
};

}  // namespace detail

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
