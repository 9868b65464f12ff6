// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/linear.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "support/array.hpp"

using namespace hadal;
using namespace hadal::test;

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

TEST_CASE_TEMPLATE("linear kernels: scale and residual equal separate passes", T, float, bf16) {
  using A = Accumulator<T>;
  const int before = threads();
  // One row, rows that make the transposed product cheaper, and several tasks.
  for (auto [rows, in, out] : {std::array{1, 5, 7}, std::array{16, 32, 150}, std::array{301, 300, 70}})
    for (int count : {1, 3}) {
      CAPTURE(rows);
      set_threads(count);
      const auto x = random_array<T>({rows, in}, 1, 1, 3), w = random_array<T>({out, in}, 2),
                 r = random_array<T>({rows, out}, 3, 1, 5);
      const std::vector<T> bias = random_values<T>(out, 4);
      for (const View<const T>& b : {View<const T>{}, View<const T>{bias.data(), {out}, out}}) {
        Array<T> plain({rows, out}), sum({rows, out}, 2), scaled({rows, out});
        cpu::linear_forward(Cpu{}, plain.view(), x.view(), w.view(), b);
        cpu::linear_forward(Cpu{}, sum.view(), x.view(), w.view(), b, r.view());
        cpu::linear_forward(Cpu{}, scaled.view(), x.view(), w.view(), b, View<const T>{}, 0.5);
        bool equal = true;
        for (std::int64_t i = 0; i < rows; ++i)
          for (std::int64_t j = 0; j < out; ++j) {
            const A y = static_cast<A>(plain.at(i, j)), residual = static_cast<A>(r(i, j));
            equal = equal && sum(i, j) == static_cast<double>(T(y + residual)) &&
                    scaled(i, j) == static_cast<double>(T(y * A(0.5)));
          }
        CHECK(equal);
      }
    }
  set_threads(before);
}
