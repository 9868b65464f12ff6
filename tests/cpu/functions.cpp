// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/functions.hpp>

#include <vector>

using namespace hadal;

namespace {

struct Cube {
  template <class M, class V> V value(M, V x) const { return x * x * x; }
  template <class M, class V> V derivative(M, V x) const { return x * x * 3.0f; }
};

}  // namespace

TEST_CASE("a function object's value and derivative") {
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  std::vector<float> y(6), dx(6, 1.0f);
  const StridedView<const float> columns{x.data(), {3, 2}, {1, 3}};
  function_forward(Cpu{}, Cube{}, View<float>{y.data(), {3, 2}, 2}, columns);
  CHECK(y == std::vector<float>{1, 64, 8, 125, 27, 216});
  function_backward(Cpu{}, Cube{}, GradView<float>{{dx.data(), {3, 2}, 2}, true}, columns, columns);
  CHECK(dx == std::vector<float>{1 + 3, 1 + 3 * 64, 1 + 3 * 8, 1 + 3 * 125, 1 + 3 * 27, 1 + 3 * 216});
}
