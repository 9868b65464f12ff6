// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Tensors and gradients: shapes, views, arithmetic, backward, and a few steps of gradient descent by hand.

#include <hadal/ops/ops.hpp>
#include <hadal/tree/copy.hpp>

#include <cstdio>

using namespace hadal;

int main() {
  // A tensor is a handle: copies and views share the elements, clone() copies them.
  const auto x = Tensor<>::from({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor<> column = x.transpose().select(0, 1);  // (2)
  std::printf("column 1 of x: %g %g\n", static_cast<double>(column.at({0})), static_cast<double>(column.at({1})));

  // Shapes broadcast; element types are part of the type, so mixing them does not compile.
  const Tensor<> y = 2 * x + Tensor<>::from({10, 20, 30}, {3});
  std::printf("sum of 2 x + (10, 20, 30): %g\n", static_cast<double>(sum(y).item()));

  // A leaf collects gradients: d/dw mean((x w)^2) = 2 x^T (x w) / 2.
  auto w = Tensor<>::ones({3, 1});
  w.set_requires_grad();
  mean(square(matmul(x, w))).backward();
  for (float g : w.grad().to_vector()) std::printf("gradient %g\n", static_cast<double>(g));

  // Gradient descent finds w with x w = (1, 2). A leaf is written in place only where nothing is recorded.
  const auto target = Tensor<>::from({1, 2}, {2, 1});
  for (int step = 0; step <= 200; ++step) {
    const Tensor<> loss = mean(square(matmul(x, w) - target));
    if (step % 50 == 0) std::printf("step %3d loss %.6f\n", step, static_cast<double>(loss.item()));
    w.zero_grad();
    loss.backward();
    no_grad([&] { copy_into("w", w, w - 0.02 * w.grad()); });
  }

  // Wrong shapes are exceptions that name the op, the rule and both values.
  try {
    matmul(x, x);
  } catch (const ShapeError& e) {
    std::printf("%s\n", e.what());
  }
}
