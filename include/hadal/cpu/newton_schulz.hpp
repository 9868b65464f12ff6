// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/matmul.hpp>
#include <hadal/cpu/update.hpp>

#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// c = p q where the product is known to be symmetric: columns in blocks, each from its diagonal downwards, mirrored.
template <class T>
void symmetric_product(Matrix<T> c, Matrix<const T> p, Matrix<const T> q) {
  constexpr std::int64_t width = 64;
  const std::int64_t n = c.rows;
  parallel_tasks((n + width - 1) / width, [&](std::int64_t block) {
    const std::int64_t j = block * width, w = std::min(width, n - j);
    product<T, T, T>(c.block(j, j, n - j, w), p.block(j, 0, n - j, p.columns), q.block(0, j, q.rows, w), false);
    for (std::int64_t k = j; k < j + w; ++k)
      for (std::int64_t i = k + 1; i < n; ++i) c.at(k, i) = c.at(i, k);
  });
}

/// One matrix, in place; see below. A matrix with more rows than columns is worked on as its transpose.
template <class T>
void newton_schulz_matrix(Device device, Matrix<T> x, std::span<const std::array<double, 3>> polynomials) {
  if (x.rows > x.columns) return newton_schulz_matrix(device, x.transposed(), polynomials);
  const std::int64_t n = x.rows, m = x.columns;
  double squares = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < m; ++j) squares += static_cast<double>(x.at(i, j)) * static_cast<double>(x.at(i, j));
  const T shrink = static_cast<T>(1 / (std::sqrt(squares) + 1e-7));
  Scratch<T> memory(2 * n * m + 2 * n * n);
  Matrix<T> now = dense_matrix(memory.data(), n, m), next = dense_matrix(now.data + n * m, n, m);
  const Matrix<T> a = dense_matrix(next.data + n * m, n, n), b = dense_matrix(a.data + n * n, n, n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < m; ++j) now.at(i, j) = x.at(i, j) * shrink;
  for (const auto& [first, third, fifth] : polynomials) {
    const T third_ = static_cast<T>(third), fifth_ = static_cast<T>(fifth);
    symmetric_product<T>(a, now, now.transposed());
    symmetric_product<T>(b, a, a);
    each_packet<T>(n * n, [&]<class P>(std::int64_t i) {
      const P square = mul(spread<P>(fifth_), get<P>(b.data + i));
      set(b.data + i, fma(spread<P>(third_), get<P>(a.data + i), square));
    });
    for (std::int64_t i = 0; i < n; ++i) b.at(i, i) += static_cast<T>(first);  // a X becomes part of the product
    matmul<T, T, T>(device, next, b, now, false);
    std::swap(now, next);
  }
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < m; ++j) x.at(i, j) = now.at(i, j);
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
