// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/linear.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace hadal;

TEST_CASE("linear kernels: small whole numbers, rows with gaps") {
  // x: (2, 3) in rows of 4, weight: (2, 3) in rows of 5
  const float x[] = {1, 2, 3, 99, 4, 5, 6, 99}, w[] = {1, 0, -1, 99, 99, 2, 1, 0, 99, 99}, b[] = {10, 20};
  const View<const float> xv{x, {2, 3}, 4}, wv{w, {2, 3}, 5}, bv{b, {2}, 2}, none;
  std::vector<float> y(4), dx{1, 1, 1, 99, 1, 1, 1, 99}, dw(6, 7.0f), db{1, 2};
  const View<float> yv{y.data(), {2, 2}, 2};
  cpu::linear_forward(Cpu{}, yv, xv, wv, none);
  CHECK(y == std::vector<float>{-2, 4, -2, 13});
  cpu::linear_forward(Cpu{}, yv, xv, wv, bv);
  CHECK(y == std::vector<float>{8, 24, 8, 33});
  const std::vector<bf16> half_bias{bf16(1.0f), bf16(2.0f)};
  cpu::linear_forward(Cpu{}, yv, xv, wv, View<const bf16>{half_bias.data(), {2}, 2});
  CHECK(y == std::vector<float>{-1, 6, -1, 15});

  const float dy[] = {1, 2, 3, 4};
  const View<const float> dyv{dy, {2, 2}, 2};
  cpu::linear_backward_input(Cpu{}, GradView<float>{{dx.data(), {2, 3}, 4}, true}, dyv, wv);
  CHECK(dx == std::vector<float>{6, 3, 0, 99, 12, 5, -2, 99});
  cpu::linear_backward_weight(Cpu{}, GradView<float>{{dw.data(), {2, 3}, 3}, false}, dyv, xv);
  CHECK(dw == std::vector<float>{13, 17, 21, 18, 24, 30});
  cpu::linear_backward_bias(Cpu{}, GradView<float>{{db.data(), {2}, 2}, true}, dyv);
  CHECK(db == std::vector<float>{5, 8});
  cpu::linear_backward_bias(Cpu{}, GradView<float>{{db.data(), {2}, 2}, false}, dyv);
  CHECK(db == std::vector<float>{4, 6});
  cpu::linear_backward_input(Cpu{}, GradView<float>{}, dyv, wv);
  cpu::linear_backward_weight(Cpu{}, GradView<float>{}, dyv, xv);
  cpu::linear_backward_bias(Cpu{}, GradView<float>{}, dyv);
}
