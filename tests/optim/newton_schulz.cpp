// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/newton_schulz.hpp>

#include <cmath>

using namespace hadal;

TEST_CASE("newton_schulz: published values of a 2 x 3 matrix") {
  const auto x = Tensor<double>::from({1, 2, 3, 4, 5, 6}, {2, 3});
  const double fast[] = {-0.568290, 0.057742, 0.683774, 0.563355, 0.405613, 0.247871};
  const double hybrid[] = {-0.578026, 0.115088, 0.808202, 0.706854, 0.565783, 0.424711};
  const auto y = newton_schulz(x, newton_schulz_fast()).to_vector();
  const auto z = newton_schulz(x, newton_schulz_hybrid()).to_vector();
  const auto t = newton_schulz(x.transpose(), newton_schulz_fast()).transpose().to_vector();
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(std::abs(y[i] - fast[i]) < 1e-6);
    CHECK(std::abs(z[i] - hybrid[i]) < 1e-6);
    CHECK(std::abs(t[i] - y[i]) < 1e-12);
  }
}

TEST_CASE("newton_schulz: where singular values go") {
  const double sigma[] = {1e-3, 1e-2, 0.1, 0.5, 1};
  const double fast[] = {0.470544, 0.698917, 0.712120, 0.765439, 0.696436};
  const double hybrid[] = {1.0000012, 1.0000192, 1.0000607, 1.0001632, 1.0000143};
  for (int i = 0; i < 5; ++i) {
    // A diagonal of two keeps the norm at 1, so that the first value enters the iteration as it is.
    const double rest = std::sqrt(1 - sigma[i] * sigma[i]);
    const auto x = Tensor<double>::from({sigma[i], 0, 0, rest}, {2, 2});
    CHECK(std::abs(newton_schulz(x, newton_schulz_fast()).at({0, 0}) - fast[i]) < 2e-6);
    CHECK(std::abs(newton_schulz(x, newton_schulz_hybrid()).at({0, 0}) - hybrid[i]) < 2e-7);
  }
}

TEST_CASE("newton_schulz takes stacks and views, not vectors") {
  const auto x = Tensor<float>::normal({3, 4, 6}, Key{1});
  const auto all = newton_schulz(x, newton_schulz_fast());
  for (int e = 0; e < 3; ++e)
    CHECK(newton_schulz(x.select(0, e), newton_schulz_fast()).to_vector() == all.select(0, e).to_vector());
  CHECK_THROWS_AS(newton_schulz(Tensor<float>::ones({3}), newton_schulz_fast()), ShapeError);
}
