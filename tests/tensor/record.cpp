// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tensor/views.hpp>

using namespace hadal;

TEST_CASE("record: targets of a parameter are float whatever the leaf or the middle holds") {
  const auto run = [](Tensor<bf16> w) {
    auto y = Tensor<bf16>::zeros({2});
    record("op", y, inputs(parameter(w)), saved(), [](const auto&, auto& dw) {
      const GradView<float> out = dw.view();
      out.view.data[0] = 1.00390625f;  // not a bf16
      out.view.data[1] = 2;
    });
    y.backward(Tensor<bf16>::ones({2}));
  };
  auto leaf = Tensor<bf16>::zeros({2}).set_requires_grad();
  run(leaf);
  CHECK(leaf.grad().to_vector() == std::vector<float>{1.00390625f, 2});
  leaf.zero_grad();
  run(leaf.reshape({2, 1}).reshape({2}));
  CHECK(leaf.grad().to_vector() == std::vector<float>{1, 2});  // rounded on the way through the middle
}

TEST_CASE("record: the first gradient is taken over without a copy, and never shared with what others hold") {
  auto x = Tensor<float>::zeros({2}).set_requires_grad();
  const auto y = x.reshape({2, 1});
  const auto seed = Tensor<float>::ones({2, 1});
  y.backward(seed, true);
  y.backward(seed, true);  // adds in place: must not write into the seed
  CHECK(seed.to_vector() == std::vector<float>{1, 1});
  CHECK(x.grad().to_vector() == std::vector<float>{2, 2});
}

TEST_CASE("record: a gradient of the wrong shape is an error") {
  auto x = Tensor<float>::zeros({2}).set_requires_grad();
  auto y = Tensor<float>::zeros({2});
  record("op", y, inputs(x), saved(), [](const auto&, auto& dx) { dx.accumulate(Tensor<float>::zeros({3})); });
  CHECK_THROWS_WITH_AS(y.backward(Tensor<float>::ones({2})), "gradient: shape (3) for a tensor (2)", ShapeError);
}
