// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/muon.hpp>

using namespace hadal;

namespace {
Tensor<double> step(const Shape& shape, const Muon& muon, const Tensor<double>& g, double lr, double decay, int steps) {
  auto w = Tensor<double>::ones(shape), b = Tensor<double>::zeros(shape);
  for (int t = 1; t <= steps; ++t) {
    Update<double, Cpu> u{w, {}, g, {b}, lr, decay, t};
    muon.update(u);
  }
  return w;
}
}  // namespace

TEST_CASE("Muon steps along the orthogonalised gradient, scaled by the larger side") {
  const auto g = Tensor<double>::from({1, 2, 3, 4, 5, 6}, {2, 3});
  const auto o = newton_schulz(g, newton_schulz_fast()).to_vector();
  // With one constant gradient every momentum is a multiple of it, and newton_schulz does not see its size.
  const auto w = step({2, 3}, Muon{}, g, 0.1, 0.5, 2).to_vector();
  for (std::size_t i = 0; i < 6; ++i) {
    const double one = 0.95 - 0.1 * 0.2 * std::sqrt(3.0) * o[i];
    CHECK(w[i] == doctest::Approx(0.95 * one - 0.1 * 0.2 * std::sqrt(3.0) * o[i]).epsilon(1e-6));
  }
}

TEST_CASE("Muon takes a stack of experts as matrices of their own") {
  const auto g = Tensor<double>::normal({3, 4, 2}, Key{5});
  const auto all = step({3, 4, 2}, Muon{}, g, 0.1, 0, 3);
  for (int e = 0; e < 3; ++e)
    CHECK(step({4, 2}, Muon{}, g.select(0, e).clone(), 0.1, 0, 3).to_vector() == all.select(0, e).to_vector());
}

TEST_CASE("Muon with the hybrid polynomials makes updates orthogonal") {
  Muon muon;
  muon.polynomials = newton_schulz_hybrid();
  muon.scale = 1 / std::sqrt(3.0);
  const auto w = step({2, 3}, muon, Tensor<double>::from({1, 2, 3, 4, 5, 6}, {2, 3}), 1, 1, 1).to_vector();  // w = -O
  CHECK(w[0] * w[0] + w[1] * w[1] + w[2] * w[2] == doctest::Approx(1).epsilon(1e-3));
  CHECK(std::abs(w[0] * w[3] + w[1] * w[4] + w[2] * w[5]) < 1e-3);
}

TEST_CASE("Muon checks its settings and refuses vectors") {
  CHECK_NOTHROW(Muon{}.check("w", {2, 3}));
  CHECK_THROWS_AS(Muon{}.check("norm.weight", {3}), ShapeError);
  CHECK_THROWS_AS(Muon{1.0}.check("w", {2, 3}), ValueError);
}
