// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/sgd.hpp>

using namespace hadal;

TEST_CASE("Sgd with and without momentum") {
  auto w = Tensor<double>::ones({2});
  Update<double, Cpu> plain{w, {}, Tensor<double>::from({1, -2}, {2}), {}, 0.5, 0.1, 1};
  Sgd{}.update(plain);
  CHECK(w.to_vector() == std::vector<double>{0.95 - 0.5, 0.95 + 1});
  auto b = Tensor<double>::full({2}, 2);
  Update<double, Cpu> heavy{w, {}, Tensor<double>::from({0, 0}, {2}), {b}, 0.5, 0, 1};
  Sgd{0.5}.update(heavy);
  CHECK(b.to_vector() == std::vector<double>{1, 1});
  CHECK(w.at({0}) == doctest::Approx(-0.05));
}

TEST_CASE("Sgd keeps a buffer only with momentum, and checks it") {
  CHECK(Sgd{}.state().empty());
  CHECK(Sgd{0.9}.state().size() == 1);
  CHECK_THROWS_AS((Sgd{1.0}.check("w", {3})), ValueError);
  CHECK_THROWS_AS((Sgd{-0.1}.check("w", {3})), ValueError);
}
