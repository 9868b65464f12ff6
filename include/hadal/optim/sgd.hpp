// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/sgd.hpp>
#include <hadal/optim/update.hpp>

namespace hadal {

/// b = momentum b + g        u = g + momentum b (Nesterov) or b        w = (1 - lr decay) w - lr u
struct Sgd {
  double momentum = 0;
  bool nesterov = false;

  std::vector<const char*> state() const {
    return momentum == 0 ? std::vector<const char*>{} : std::vector<const char*>{"momentum"};
  }

  void check(std::string_view, const Shape&) const {
    HADAL_CHECK(momentum >= 0 && momentum < 1, ValueError, "sgd: momentum must be in [0, 1), got ", momentum);
  }

  template <class T, class D>
  void update(Update<T, D>& u) const {
    const auto n = static_cast<double>(u.weight.size());
    const trace::Scope scope("sgd", 6 * n, 20 * n);
    sgd(D{}, u.value(), u.rounded(), u.state.empty() ? View<Accumulator<T>>{} : u.state[0].mutable_view(),
        u.gradient.view(), u.lr, u.decay, momentum, nesterov);
  }
};

}  // namespace hadal
