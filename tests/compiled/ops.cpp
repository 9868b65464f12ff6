// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/hadal.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

using namespace hadal;

TEST_CASE("compiled: an op of the library computes what the header does") {
  const auto x = Tensor<float, Cpu>::normal({3, 5}, Key{1}), weight = Tensor<float, Cpu>::normal({5}, Key{2});
  const std::vector<float> y = rms_norm(x, weight).to_vector();
  const std::vector<double> exact = rms_norm_reference(x, weight);
  REQUIRE(y.size() == exact.size());
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::abs(y[i] - exact[i]) <= 1e-6 * std::abs(exact[i]));
}

TEST_CASE("compiled: gradients flow through an op of the library, in both element types") {
  auto weight = Tensor<float, Cpu>::ones({4});
  weight.set_requires_grad();
  rms_norm(Tensor<float, Cpu>::full({1, 4}, 3), weight).backward(Tensor<float, Cpu>::ones({1, 4}));
  for (float g : weight.grad().to_vector()) CHECK(g == doctest::Approx(1));
  const auto y = rms_norm(Tensor<bf16, Cpu>::full({1, 4}, 3), Tensor<bf16, Cpu>::ones({4}));
  for (bf16 v : y.to_vector()) CHECK(static_cast<float>(v) == 1);
}
