// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/rms_norm.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE_TEMPLATE("rms_norm: forward and backward against plain loops", T, float, double, bf16, half) {
  using A = Accumulator<T>;
  for (Shape shape : {Shape{1, 1}, Shape{3, 7}, Shape{2, 37, 40}}) {
    const std::int64_t n = shape.columns(), rows = shape.rows();
    const Array<T> x = random_array<T>(shape, 1, 2, 3), w = random_array<T>({n}, 2),
                   dy = random_array<T>(shape, 4, 1, 1);
    Array<double> y(shape), dx(shape), dw({n});
    for (std::int64_t r = 0; r < rows; ++r) {
      double squares = 0, dot = 0;
      for (std::int64_t c = 0; c < n; ++c) squares += x(r, c) * x(r, c) / double(n);
      const double s = 1 / std::sqrt(squares + 0.5);
      for (std::int64_t c = 0; c < n; ++c) {
        y.at(r, c) = x(r, c) * s * w(0, c);
        dot += dy(r, c) * w(0, c) * x(r, c) * s / double(n);
        dw.at(0, c) += dy(r, c) * x(r, c) * s;
      }
      for (std::int64_t c = 0; c < n; ++c) dx.at(r, c) = s * (dy(r, c) * w(0, c) - x(r, c) * s * dot);
    }
    Array<T> out(shape, 2), gx(shape, 1);
    Array<A> rstd({rows}), gw({n});
    cpu::rms_norm_forward(Cpu{}, out.view(), rstd.view(), x.view(), w.view(), 0.5);
    CHECK(relative_error(out, y) < tolerance<T>(10));
    const Array<A>& s = rstd;
    cpu::rms_norm_backward(Cpu{}, gx.grad(), gw.grad(), dy.view(), x.view(), w.view(), s.view());
    CHECK(relative_error(gx, dx) < tolerance<T>(200));
    CHECK(relative_error(gw, dw) < 200 * rounding<A>);

    cpu::rms_norm_backward(Cpu{}, GradView<T>{}, gw.grad(true), dy.view(), x.view(), w.view(), s.view());
    for (double& v : dw.values) v *= 2;
    CHECK(relative_error(gw, dw) < 200 * rounding<A>);
    const Array<A> before = gw;
    cpu::rms_norm_backward(Cpu{}, gx.grad(), GradView<A>{}, dy.view(), x.view(), w.view(), s.view());
    CHECK(gw.values == before.values);
  }
}

TEST_CASE("rms_norm: gradients do not depend on the number of threads") {
  const Array<float> x = random_array<float>({700, 96}, 1), w = random_array<float>({96}, 2),
                     dy = random_array<float>({700, 96}, 3), rstd = random_array<float>({700}, 5);
  const int threads_before = threads();
  Array<float> one({96}), three({96}), dx({700, 96});
  set_threads(1);
  cpu::rms_norm_backward(Cpu{}, dx.grad(), one.grad(), dy.view(), x.view(), w.view(), rstd.view());
  set_threads(3);
  cpu::rms_norm_backward(Cpu{}, dx.grad(), three.grad(), dy.view(), x.view(), w.view(), rstd.view());
  set_threads(threads_before);
  CHECK(one.values == three.values);
}
