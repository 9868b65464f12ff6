// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// A differentiable op of your own: forward, backward beside it, and its gradient checked against finite differences.

#include <hadal/ops/reductions.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <cmath>
#include <cstdio>

using namespace hadal;

/// y = x + sin^2(a x) / a        x: (...)  a: ()  ->  (...)
/// Source: Ziyin, Hartwig & Ueda 2020 ("snake").
template <class T>
Tensor<T> snake(const Tensor<T>& x_in, const Tensor<T>& a) {
  HADAL_CHECK(a.rank() == 0, ShapeError, "snake: a must be (), got ", a.shape());
  const Tensor<T> x = x_in.contiguous();
  auto y = Tensor<T>::empty(x.shape());
  const T k = a.item();
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const T s = std::sin(k * x.data()[i]);
    y.data()[i] = x.data()[i] + s * s / k;
  }
  // The backward gets the gradient of the result, a target for each input, then what was saved. It holds no tensors.
  record("snake", y, inputs(x, a), saved(keep("x", x), keep("a", a)),
         [](const auto& dy, auto& dx, auto& da, const auto& x, const auto& a) {
           const T k = a.item(), *v = x.data(), *d = dy.data();
           // `add` says whether the gradient has been written before; an input that needs none has no view.
           if (const auto g = dx.view())
             for (std::int64_t i = 0; i < x.size(); ++i)
               g.view.data[i] = (g.add ? g.view.data[i] : T(0)) + d[i] * (1 + std::sin(2 * k * v[i]));
           if (const auto g = da.view()) {
             T sum = 0;
             for (std::int64_t i = 0; i < x.size(); ++i) {
               const T s = std::sin(k * v[i]);
               sum += d[i] * (v[i] * std::sin(2 * k * v[i]) - s * s / k) / k;
             }
             g.view.data[0] = (g.add ? g.view.data[0] : T(0)) + sum;
           }
         });
  return y;
}

int main() {
  // It composes with every other op.
  auto x = Tensor<>::from({-2, -1, 0, 1, 2}, {5}), a = Tensor<>::full({}, 1.5);
  x.set_requires_grad(), a.set_requires_grad();
  const Tensor<> loss = mean(snake(snake(x, a), a));
  loss.backward();
  std::printf("loss %.4f, its gradient in a %.4f\n", static_cast<double>(loss.item()),
              static_cast<double>(a.grad().item()));

  // In double, against Richardson's differences. A view that is not contiguous is an input too.
  auto X = Tensor<double>::normal({3, 4}, Key{1}), A = Tensor<double>::full({}, 0.7);
  X.set_requires_grad(), A.set_requires_grad();
  const double error = grad_error([&] { return snake(X.transpose(), A); }, std::vector{X, A}, Difference::richardson);
  std::printf("relative error of the gradients: %.1e\n", error);
  return error < 1e-9 ? 0 : 1;
}
