// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/newton_schulz.hpp>
#include <hadal/tensor/tensor.hpp>
#include <hadal/tensor/views.hpp>

#include <array>
#include <vector>

namespace hadal {

/// The polynomials p(x) = a x + b x^3 + c x^5 that Newton-Schulz applies to singular values, one (a, b, c) a step.
using Quintics = std::vector<std::array<double, 3>>;

/// `steps` times the quintic that lifts small singular values fastest; they end between about 0.5 and 1.2.
/// Source: Jordan 2024.
inline Quintics newton_schulz_fast(int steps = 5) {
  return Quintics(static_cast<std::size_t>(steps), {3.4445, -4.7750, 2.0315});
}
/// Eight of these, then two that settle at 1: within about 2e-4. Source: DeepSeek-V4.
inline Quintics newton_schulz_hybrid() {
  Quintics q = newton_schulz_fast(8);
  q.insert(q.end(), 2, {2.0, -1.5, 0.5});
  return q;
}

/// x with its singular values pushed towards 1: X <- X / (|X| + 1e-7), then for every polynomial
/// A = X X^T, X <- a X + (b A + c A^2) X        x: (..., n, m), each matrix for itself
template <class T, class D>
Tensor<T, D> newton_schulz(const Tensor<T, D>& x, const Quintics& polynomials) {
  HADAL_CHECK(x.rank() >= 2, ShapeError, "newton_schulz: x must be (..., n, m), got ", x.shape());
  Tensor<T, D> y = x.clone();
  newton_schulz(D{}, y.out(), std::span(polynomials));
  return y;
}

}  // namespace hadal
