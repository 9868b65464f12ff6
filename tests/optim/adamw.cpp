// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/adamw.hpp>

using namespace hadal;

TEST_CASE("AdamW's first step has the size of the learning rate, whatever the gradient's") {
  auto w = Tensor<float>::ones({3});
  auto m = Tensor<float>::zeros({3}), v = Tensor<float>::zeros({3});
  Update<float, Cpu> u{w, {}, Tensor<float>::from({1e-3f, -5, 100}, {3}), {m, v}, 0.01, 0.5, 1};
  AdamW{}.update(u);
  const auto values = w.to_vector();
  CHECK(values[0] == doctest::Approx(1 - 0.005 - 0.01).epsilon(1e-5));
  CHECK(values[1] == doctest::Approx(1 - 0.005 + 0.01).epsilon(1e-6));
  CHECK(values[2] == doctest::Approx(1 - 0.005 - 0.01).epsilon(1e-6));
  CHECK(m.at({1}) == doctest::Approx(-0.5));
  CHECK(v.at({2}) == doctest::Approx(500));
}

TEST_CASE("AdamW checks its settings") {
  CHECK(AdamW{}.state().size() == 2);
  CHECK_NOTHROW(AdamW{}.check("w", {3}));
  CHECK_THROWS_AS((AdamW{1.0, 0.9}.check("w", {3})), ValueError);
  CHECK_THROWS_AS((AdamW{0.9, -0.1}.check("w", {3})), ValueError);
  CHECK_THROWS_AS((AdamW{0.9, 0.95, 0}.check("w", {3})), ValueError);
}
