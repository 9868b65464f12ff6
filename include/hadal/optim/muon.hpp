// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/muon.hpp>
#include <hadal/optim/newton_schulz.hpp>
#include <hadal/optim/update.hpp>

#include <algorithm>
#include <cmath>

namespace hadal {

/// For a matrix W (n, m); leading axes, experts say, hold matrices of their own:
///   B = momentum B + G        U = G + momentum B (Nesterov) or B        O = newton_schulz(U)
///   W = (1 - lr decay) W - lr scale sqrt(max(n, m)) O
/// With scale 0.2 an update is about as large as one of AdamW's, so that both share a learning rate and a decay.
/// Source: Jordan 2024; scale: Liu et al. 2025 (Moonlight).
struct Muon {
  double momentum = 0.95;
  bool nesterov = true;
  double scale = 0.2;
  Quintics polynomials = newton_schulz_fast();

  std::vector<const char*> state() const { return {"momentum"}; }

  void check(std::string_view name, const Shape& shape) const {
    HADAL_CHECK(momentum >= 0 && momentum < 1, ValueError, "muon: momentum must be in [0, 1), got ", momentum);
    HADAL_CHECK(shape.rank >= 2, ShapeError, "muon: '", name, "' must be a matrix or a stack of them, got ", shape);
  }

  template <class T, class D>
  void update(Update<T, D>& u) const {
    const Shape& shape = u.weight.shape();
    const auto n = static_cast<double>(std::min(shape[-2], shape[-1]));
    const auto m = static_cast<double>(std::max(shape[-2], shape[-1]));
    const double matrices = static_cast<double>(u.weight.size()) / std::max(n * m, 1.0);
    // As newton_schulz computes it: symmetric products are half done, up to five steps are made on (n, n) matrices.
    const auto steps = static_cast<double>(polynomials.size()), rounds = std::ceil(steps / 5);
    const double one = rounds * 3 * n * n * m + (4 * steps - 3 * rounds) * n * n * n + 8 * n * m;
    const trace::Scope scope("muon", matrices * one, matrices * 20 * n * m);
    muon(D{}, u.value(), u.rounded(), u.state[0].mutable_view(), u.gradient.view(),
         u.lr * scale * std::sqrt(m), u.lr * u.decay, momentum, nesterov, std::span(polynomials));
  }
};

}  // namespace hadal
