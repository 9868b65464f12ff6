// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/adamw.hpp>
#include <hadal/optim/update.hpp>

#include <cmath>

namespace hadal {

/// At step t, with gradient g, learning rate lr and weight decay d:
///   m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
///   w = (1 - lr d) w - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
/// Source: Loshchilov & Hutter 2019. The defaults are DeepSeek's.
struct AdamW {
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-8;

  std::vector<const char*> state() const { return {"first_moment", "second_moment"}; }

  void check(std::string_view, const Shape&) const {
    HADAL_CHECK(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && eps > 0, ValueError,
                "adamw: betas must be in [0, 1) and eps positive, got ", beta1, ", ", beta2, " and ", eps);
  }

  template <class T, class D>
  void update(Update<T, D>& u) const {
    const auto n = static_cast<double>(u.weight.size()), t = static_cast<double>(u.step);
    const trace::Scope scope("adamw", 14 * n, 28 * n);
    adamw(D{}, u.value(), u.rounded(), u.state[0].mutable_view(), u.state[1].mutable_view(), u.gradient.view(), u.lr,
          u.decay, beta1, beta2, eps, 1 - std::pow(beta1, t), 1 - std::pow(beta2, t));
  }
};

}  // namespace hadal
