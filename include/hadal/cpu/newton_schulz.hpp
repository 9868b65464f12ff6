// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/copy.hpp>
#include <hadal/cpu/matmul.hpp>
#include <hadal/cpu/sum_of_squares.hpp>
#include <hadal/cpu/update.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// c = p q where the product is known to be symmetric: columns in blocks, each from its diagonal downwards, mirrored.
/// c is dense.
template <class T>
void symmetric_product(Matrix<T> c, Matrix<const T> p, Matrix<const T> q) {
  constexpr std::int64_t panel = RegisterTile<T>::width;
  const std::int64_t n = c.rows, width = std::max(n / 8 / panel, std::int64_t{1}) * panel;
  parallel_tasks((n + width - 1) / width, [&](std::int64_t block) {
    const std::int64_t j = block * width, w = std::min(width, n - j);
    product<T, T, T>(c.block(j, j, n - j, w), p.block(j, 0, n - j, p.columns), q.block(0, j, q.rows, w), false);
    for (std::int64_t k = j; k < j + w; ++k)
      for (std::int64_t i = k + 1; i < j + w; ++i) c.at(k, i) = c.at(i, k);
    if (const std::int64_t below = j + w; below < n)
      copy_transposed(&c.at(j, below), n, &c.at(below, j), n, w, n - below, false);
  });
}

/// One dense matrix, in place; see below. One with more rows than columns is worked on as its transpose.
///
/// Polynomials of A = X X^T commute, so up to five steps are made on A alone, X -> Q X with Q = P5 .. P1, where
/// P = a + b A + c A^2 and A -> P A P: all of them small and symmetric. Then X is met again, before the rounding of
/// small eigenvalues matters.
template <class T>
void newton_schulz_matrix(Device device, Matrix<T> x, std::span<const std::array<double, 3>> polynomials) {
  const std::int64_t size = x.rows * x.columns;
  const double norm = std::sqrt(sum_of_squares(device, View<const T>{x.data, {size}, size}));
  const T shrink = static_cast<T>(1 / (norm + 1e-7));
  if (x.rows > x.columns) x = x.transposed();
  const std::int64_t n = x.rows, m = x.columns;
  Scratch<T> memory(2 * n * m + 4 * n * n);
  Matrix<T> now = dense_matrix(memory.data(), n, m), next = dense_matrix(now.data + n * m, n, m);
  const Matrix<T> a = dense_matrix(next.data + n * m, n, n), p = dense_matrix(a.data + n * n, n, n);
  Matrix<T> q = dense_matrix(p.data + n * n, n, n), spare = dense_matrix(q.data + n * n, n, n);
  const auto copy = [&](Matrix<T> to, Matrix<T> from) {
    if (to.column_stride != 1) to = to.transposed(), from = from.transposed();
    copy_strided(device, StridedView<T>{to.data, {to.rows, to.columns}, {to.row_stride, to.column_stride}},
                 StridedView<const T>{from.data, {to.rows, to.columns}, {from.row_stride, from.column_stride}});
  };
  copy(now, x);
  scale_in_place(device, View<T>{now.data, {n * m}, n * m}, static_cast<double>(shrink));

  while (!polynomials.empty()) {
    const std::size_t steps = std::min<std::size_t>(polynomials.size(), 5);
    symmetric_product<T>(a, now, now.transposed());
    for (std::size_t s = 0; s < steps; ++s) {
      const T first = static_cast<T>(polynomials[s][0]), third = static_cast<T>(polynomials[s][1]),
              fifth = static_cast<T>(polynomials[s][2]);
      symmetric_product<T>(p, a, a);
      each_packet<T>(n * n, [&]<class P>(std::int64_t i) {
        const P square = mul(spread<P>(fifth), get<P>(p.data + i));
        set(p.data + i, fma(spread<P>(third), get<P>(a.data + i), square));
      });
      for (std::int64_t i = 0; i < n; ++i) p.at(i, i) += first;
      if (s == 0) std::copy(p.data, p.data + n * n, q.data);
      else {
        symmetric_product<T>(spare, q, p);
        std::swap(q, spare);
      }
      if (s + 1 == steps) break;
      symmetric_product<T>(spare, p, a);
      symmetric_product<T>(a, spare, p);
    }
    matmul<T, T, T>(device, next, q, now, false);
    std::swap(now, next);
    polynomials = polynomials.subspan(steps);
  }
  copy(x, now);
}

}  // namespace detail

/// Pushes the singular values of every matrix X of x towards 1, in place:
///   X <- X / (|X| + 1e-7),   then for every polynomial (a, b, c)   A = X X^T,  X <- a X + (b A + c A^2) X
/// x: (..., n, m), dense. Matrices are shared between the threads; a single one is split. Source: Jordan 2024.
template <class T>
void newton_schulz(Device device, View<T> x, std::span<const std::array<double, 3>> polynomials) {
  const std::int64_t n = x.shape[-2], m = x.shape[-1];
  if (x.size() == 0) return;
  parallel_tasks(x.size() / (n * m), [&](std::int64_t e) {
    detail::newton_schulz_matrix(device, dense_matrix(x.data + e * n * m, n, m), polynomials);
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
