// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/swiglu.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE_TEMPLATE("swiglu: forward and backward against plain loops", T, float, double, bf16, half) {
  for (Shape shape : {Shape{1, 1}, Shape{3, 7}, Shape{2, 2, 33}}) {
    const Array<T> gate = random_array<T>(shape, 1, 8, 2), up = random_array<T>(shape, 2, 2, 1),
                   dy = random_array<T>(shape, 3);
    Array<double> y(shape), dgate(shape), dup(shape);
    for (std::int64_t r = 0; r < y.rows(); ++r)
      for (std::int64_t c = 0; c < y.columns(); ++c) {
        const double s = 1 / (1 + std::exp(-gate(r, c)));
        y.at(r, c) = gate(r, c) * s * up(r, c);
        dgate.at(r, c) = dy(r, c) * up(r, c) * s * (1 + gate(r, c) * (1 - s));
        dup.at(r, c) = dy(r, c) * gate(r, c) * s;
      }
    Array<T> out(shape, 1), da(shape, 2), db(shape);
    cpu::swiglu_forward(Cpu{}, out.view(), gate.view(), up.view());
    CHECK(relative_error(out, y) < tolerance<T>(10));
    cpu::swiglu_backward(Cpu{}, da.grad(), db.grad(), dy.view(), gate.view(), up.view());
    CHECK(relative_error(da, dgate) < tolerance<T>(20));
    CHECK(relative_error(db, dup) < tolerance<T>(10));

    // One wanted, added to what is there.
    Array<T> twice = da;
    cpu::swiglu_backward(Cpu{}, twice.grad(true), GradView<T>{}, dy.view(), gate.view(), up.view());
    for (double& v : dgate.values) v *= 2;
    CHECK(relative_error(twice, dgate) < 2 * tolerance<T>(20));
  }
}

TEST_CASE("swiglu: far out the gate is 0 or the identity, never NaN") {
  Array<float> gate({1, 4}), up({1, 4}), y({1, 4}), dgate({1, 4}), dup({1, 4});
  const float far[4] = {-1e30f, -200, 200, 1e30f};
  for (int c = 0; c < 4; ++c) {
    gate.at(0, c) = far[c];
    up.at(0, c) = 1;
  }
  const Array<float>&a = gate, &b = up;
  cpu::swiglu_forward(Cpu{}, y.view(), a.view(), b.view());
  cpu::swiglu_backward(Cpu{}, dgate.grad(), dup.grad(), b.view(), a.view(), b.view());
  for (int c = 0; c < 4; ++c) {
    CHECK(y(0, c) == doctest::Approx(far[c] > 0 ? far[c] : 0));
    CHECK(dgate(0, c) == doctest::Approx(far[c] > 0 ? 1 : 0));
    CHECK(dup(0, c) == doctest::Approx(far[c] > 0 ? far[c] : 0));
  }
}

TEST_CASE("swiglu: gate and up may be one tensor") {
  Array<double> x = random_array<double>({1, 9}, 5), dx({1, 9}), one({1, 9});
  for (double& v : one.values) v = 1;
  const Array<double>&in = x, &d = one;
  cpu::swiglu_backward(Cpu{}, dx.grad(false), dx.grad(true), d.view(), in.view(), in.view());
  for (int c = 0; c < 9; ++c) {
    const double s = 1 / (1 + std::exp(-x(0, c)));
    CHECK(dx(0, c) == doctest::Approx(x(0, c) * s * (2 + x(0, c) * (1 - s))).epsilon(1e-13));
  }
}
