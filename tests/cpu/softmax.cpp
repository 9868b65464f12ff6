// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/softmax.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

namespace {

Array<double> softmax_reference(const auto& x, bool logarithm) {
  Array<double> y(x.shape);
  for (std::int64_t r = 0; r < x.rows(); ++r) {
    double largest = -INFINITY, total = 0;
    for (std::int64_t c = 0; c < x.columns(); ++c) largest = std::fmax(largest, x(r, c));
    for (std::int64_t c = 0; c < x.columns(); ++c) total += std::exp(x(r, c) - largest);
    for (std::int64_t c = 0; c < x.columns(); ++c)
      y.at(r, c) = logarithm ? x(r, c) - largest - std::log(total) : std::exp(x(r, c) - largest) / total;
  }
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("softmax: forward and backward against plain loops", T, float, double, bf16, half) {
  for (Shape shape : {Shape{1}, Shape{3, 1}, Shape{2, 3, 7}, Shape{5, 50}}) {
    const Array<T> x = random_array<T>(shape, 1, 6, 3), dy = random_array<T>(shape, 2, 1, 1);
    for (bool logarithm : {false, true}) {
      Array<T> y(shape, 2);
      if (logarithm) cpu::log_softmax_forward(Cpu{}, y.view(), x.view());
      else cpu::softmax_forward(Cpu{}, y.view(), x.view());
      CHECK(relative_error(y, softmax_reference(x, logarithm)) < tolerance<T>(20));

      Array<double> expected(shape);
      for (std::int64_t r = 0; r < x.rows(); ++r) {
        double dot = 0;
        for (std::int64_t c = 0; c < x.columns(); ++c) dot += dy(r, c) * (logarithm ? 1 : y(r, c));
        for (std::int64_t c = 0; c < x.columns(); ++c)
          expected.at(r, c) = logarithm ? dy(r, c) - std::exp(y(r, c)) * dot : y(r, c) * (dy(r, c) - dot);
      }
      const Array<T>& saved = y;
      for (bool add : {false, true}) {
        Array<T> dx(shape, 1);
        for (T& v : dx.values) v = T(0.25f);
        if (logarithm) cpu::log_softmax_backward(Cpu{}, dx.grad(add), dy.view(), saved.view());
        else cpu::softmax_backward(Cpu{}, dx.grad(add), dy.view(), saved.view());
        for (std::int64_t r = 0; r < x.rows(); ++r)
          for (std::int64_t c = 0; c < x.columns(); ++c)
            CHECK(std::abs(dx(r, c) - expected(r, c) - (add ? 0.25 : 0)) < tolerance<T>(50) * 8);
      }
    }
  }
}

TEST_CASE("softmax: a gradient kept in float for bf16 values") {
  const Array<bf16> y = random_array<bf16>({2, 5}, 3), dy = random_array<bf16>({2, 5}, 4);
  Array<float> dx({2, 5});
  cpu::softmax_backward(Cpu{}, dx.grad(), dy.view(), y.view());
  double dot = 0;
  for (int c = 0; c < 5; ++c) dot += y(1, c) * dy(1, c);
  for (int c = 0; c < 5; ++c) CHECK(dx(1, c) == doctest::Approx(y(1, c) * (dy(1, c) - dot)).epsilon(1e-6));
}

TEST_CASE("softmax: masked elements are exactly zero, large ones do not overflow, NaN is not hidden") {
  Array<float> x({3, 20}), y({3, 20});
  for (int c = 0; c < 20; ++c) {
    x.at(0, c) = c < 10 ? 3e38f : -INFINITY;
    x.at(1, c) = -1000;
  }
  x.at(2, 17) = NAN;
  const Array<float>& in = x;
  cpu::softmax_forward(Cpu{}, y.view(), in.view());
  for (int c = 0; c < 20; ++c) {
    CHECK(y(0, c) == (c < 10 ? 0.1f : 0.0f));
    CHECK(y(1, c) == doctest::Approx(0.05));
  }
  CHECK(std::isnan(y(2, 17)));
  CHECK(std::isnan(y(2, 0)));
}
