// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/nn/linear.hpp>

#include <support/module_check.hpp>

using namespace hadal;

TEST_CASE("Linear: y = x W^T + b, gradients, names") {
  auto m = Linear<double>::make(3, 5, Key{1}, 0.5, true);
  CHECK(forgotten_members(m).empty());
  auto x = Tensor<double>::normal({2, 3}, Key{2}).set_requires_grad();
  CHECK(module_grad_error(m, [&] { return m(x); }, {x}) < 1e-6);
  const double expected = x.at({1, 0}) * m.weight.at({4, 0}) + x.at({1, 1}) * m.weight.at({4, 1}) +
                          x.at({1, 2}) * m.weight.at({4, 2}) + m.bias->at({4});
  CHECK(m(x).at({1, 4}) == doctest::Approx(expected).epsilon(1e-14));
  CHECK(parameters(m).size() == 2);
  CHECK(!Linear<double>::make(3, 5, Key{1}).bias);
  CHECK_THROWS_AS(m(Tensor<double>::zeros({2, 4})), ShapeError);
}
