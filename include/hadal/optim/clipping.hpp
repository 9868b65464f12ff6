// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/sum_of_squares.hpp>
#include <hadal/tree/parameters.hpp>

#include <cmath>

namespace hadal {

/// The norm of all gradients together: sqrt of the sum of their squares. A missing gradient counts as zero. Every sum
/// has a fixed order. Waits for the device.
template <class M>
double gradient_norm(const M& model) {
  double squares = 0;
  walk([&]<class T, class D>(const Place& place, const Tensor<T, D>& t) {
    if constexpr (is_real<T>)
      if (place.role == Role::trained && t.grad().defined()) squares += sum_of_squares(D{}, t.grad().view());
  }, model);
  return std::sqrt(squares);
}

/// Scales all gradients by max_norm / norm if their norm is larger than that. Returns the norm before.
/// A norm that is NaN or infinite changes nothing: it is the caller's to handle. Throws ValueError unless max_norm > 0.
template <class M>
double clip_gradients(const M& model, double max_norm) {
  HADAL_CHECK(max_norm > 0, ValueError, "clip_gradients: max_norm must be positive, got ", max_norm);
  const double norm = gradient_norm(model);
  if (!(norm > max_norm) || !std::isfinite(norm)) return norm;
  walk([&]<class T, class D>(const Place& place, const Tensor<T, D>& t) {
    if constexpr (is_real<T>)
      if (place.role == Role::trained && t.grad().defined())
        scale_in_place(D{}, t.grad().mutable_view(), max_norm / norm);
  }, model);
  return norm;
}

}  // namespace hadal
