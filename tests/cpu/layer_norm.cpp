// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/layer_norm.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE_TEMPLATE("layer_norm: forward and backward against plain loops", T, float, double, bf16, half) {
  using A = Accumulator<T>;
  const double eps = 1e-5;
  for (Shape shape : {Shape{1, 1}, Shape{3, 7}, Shape{2, 37, 40}}) {
    const std::int64_t n = shape.columns(), rows = shape.rows();
    const Array<T> x = random_array<T>(shape, 1, 2, 3), w = random_array<T>({n}, 2), b = random_array<T>({n}, 3),
                   dy = random_array<T>(shape, 4, 1, 1);
    Array<double> y(shape), dx(shape), dw({n}), db({n});
    for (std::int64_t r = 0; r < rows; ++r) {
      double m = 0, v = 0, g = 0, gx = 0;
      for (std::int64_t c = 0; c < n; ++c) m += x(r, c) / double(n);
      for (std::int64_t c = 0; c < n; ++c) v += (x(r, c) - m) * (x(r, c) - m) / double(n);
      const double s = 1 / std::sqrt(v + eps);
      const auto xhat = [&](std::int64_t c) { return (x(r, c) - m) * s; };
      for (std::int64_t c = 0; c < n; ++c) {
        y.at(r, c) = xhat(c) * w(0, c) + b(0, c);
        g += dy(r, c) * w(0, c) / double(n);
        gx += dy(r, c) * w(0, c) * xhat(c) / double(n);
        dw.at(0, c) += dy(r, c) * xhat(c);
        db.at(0, c) += dy(r, c);
      }
      for (std::int64_t c = 0; c < n; ++c) dx.at(r, c) = s * (dy(r, c) * w(0, c) - g - xhat(c) * gx);
    }
    Array<T> out(shape, 2), gx(shape, 1);
    Array<A> mean({rows}), rstd({rows}), gw({n}), gb({n});
    cpu::layer_norm_forward(Cpu{}, out.view(), mean.view(), rstd.view(), x.view(), w.view(), b.view(), eps);
    CHECK(relative_error(out, y) < tolerance<T>(20));
    const Array<A>&m = mean, &s = rstd;
    const auto backward = [&](auto... grads) {
      cpu::layer_norm_backward(Cpu{}, grads..., dy.view(), x.view(), m.view(), s.view(), w.view());
    };
    backward(gx.grad(), gw.grad(), gb.grad());
    // A row of one element has no gradient: what is left there is rounding times rstd = 1 / sqrt(eps).
    if (n > 1) CHECK(relative_error(gx, dx) < tolerance<T>(100));
    else CHECK(std::abs(gx(0, 0)) < 1e-3);
    CHECK(relative_error(gw, dw) < 200 * rounding<A>);
    CHECK(relative_error(gb, db) < 50 * rounding<A>);

    backward(GradView<T>{}, gw.grad(true), GradView<A>{});
    for (double& v : dw.values) v *= 2;
    CHECK(relative_error(gw, dw) < 200 * rounding<A>);
    const Array<A> before = gb;
    backward(gx.grad(), GradView<A>{}, GradView<A>{});
    CHECK(gb.values == before.values);
  }
}

TEST_CASE("layer_norm: a far mean costs no accuracy") {
  Array<float> x = random_array<float>({1, 64}, 1), w({64}), b({64}), y({1, 64}), mean({1}), rstd({1});
  for (int c = 0; c < 64; ++c) {
    x.at(0, c) = std::round(x.at(0, c) * 8) + 4096;
    w.at(0, c) = 1;
  }
  const Array<float>&in = x, &weight = w, &bias = b;
  cpu::layer_norm_forward(Cpu{}, y.view(), mean.view(), rstd.view(), in.view(), weight.view(), bias.view(), 0);
  double m = 0, v = 0;
  for (int c = 0; c < 64; ++c) m += x(0, c) / 64;
  for (int c = 0; c < 64; ++c) v += (x(0, c) - m) * (x(0, c) - m) / 64;
  // The mean itself is rounded at 4096: 2^-12, over a spread of about 5.
  for (int c = 0; c < 64; ++c) CHECK(std::abs(y(0, c) - (x(0, c) - m) / std::sqrt(v)) < 0x1p-12 / 4);
}

TEST_CASE("layer_norm: gradients do not depend on the number of threads") {
  const Array<float> x = random_array<float>({700, 96}, 1), w = random_array<float>({96}, 2),
                     dy = random_array<float>({700, 96}, 3);
  const Array<float> mean = random_array<float>({700}, 4), rstd = random_array<float>({700}, 5);
  const int threads_before = threads();
  std::vector<float> results[2];
  for (int i = 0; i < 2; ++i) {
    set_threads(i == 0 ? 1 : 3);
    Array<float> dx({700, 96}), dw({96}), db({96});
    cpu::layer_norm_backward(Cpu{}, dx.grad(), dw.grad(), db.grad(), dy.view(), x.view(), mean.view(), rstd.view(),
                             w.view());
    results[i] = dw.values;
    results[i].insert(results[i].end(), db.values.begin(), db.values.end());
  }
  set_threads(threads_before);
  CHECK(results[0] == results[1]);
}
