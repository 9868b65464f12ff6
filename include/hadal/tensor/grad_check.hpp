// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/views.hpp>

#include <cmath>
#include <vector>

namespace hadal {

/// How `grad_error` differentiates numerically: central differences, or one Richardson step on top of them, whose error
/// falls with the fourth power of the step, for functions that are smooth.
enum class Difference { central, richardson };

/// The largest relative error of f's gradients: for each leaf, the norm of the difference of the tape's gradient and
/// the numerical one, over the norm of the latter (over 1 where that is zero). f takes no arguments, computes with the
/// leaves and returns a tensor of any shape; it is contracted with fixed random weights. Leaves must be
/// contiguous and require grad.
template <class F, class D>
double grad_error(const F& f, std::vector<Tensor<double, D>> leaves, Difference method = Difference::central) {
  const auto weights_of = [](const Shape& shape) { return Tensor<double, D>::uniform(shape, Key{977}, 0.5, 1.5); };
  const auto value = [&] {
    return no_grad([&] {
      const Tensor<double, D> y = f();
      const std::vector<double> v = y.to_vector(), w = weights_of(y.shape()).to_vector();
      long double sum = 0;
      for (std::size_t i = 0; i < v.size(); ++i) sum += static_cast<long double>(v[i]) * w[i];
      return static_cast<double>(sum);
    });
  };
  for (auto& leaf : leaves) {
    HADAL_CHECK(leaf.requires_grad() && leaf.is_contiguous(), GradError,
                "grad_error: each leaf must be contiguous and require grad before f captures it");
    leaf.zero_grad();
  }
  const Tensor<double, D> y = f();
  y.backward(weights_of(y.shape()));

  double worst = 0;
  for (auto& leaf : leaves) {
    const std::vector<double> at = leaf.to_vector();
    std::vector<double> tape(at.size(), 0.0);
    if (leaf.grad().defined()) tape = leaf.grad().to_vector();
    Tensor<double, D> inner = leaf.detach();
    const auto with = [&](std::size_t i, double x) {
      std::vector<double> moved = at;
      moved[i] = x;
      copy_from_host(D{}, inner.mutable_view().data, moved.data(), moved.size() * sizeof(double));
      return value();
    };
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const auto central = [&](double h) { return (with(i, at[i] + h) - with(i, at[i] - h)) / (2 * h); };
      const double slope =
          method == Difference::central ? central(1e-5) : (4 * central(5e-4) - central(1e-3)) / 3;
      difference += (tape[i] - slope) * (tape[i] - slope);
      norm += slope * slope;
    }
    copy_from_host(D{}, inner.mutable_view().data, at.data(), at.size() * sizeof(double));
    worst = std::max(worst, std::sqrt(difference) / (norm > 0 ? std::sqrt(norm) : 1.0));
    if (difference != difference) return difference;  // NaN must not look small
  }
  return worst;
}

}  // namespace hadal
