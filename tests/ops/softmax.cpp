// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/softmax.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("softmax: gradients in double, of strided inputs too") {
  for (const Shape& shape : {Shape{1}, Shape{3, 1}, Shape{2, 3, 7}, Shape{3, 18}}) {
    CAPTURE(join(shape));
    auto x = Tensor<double>::normal(shape, Key{1}).set_requires_grad();
    for (auto method : {Difference::central, Difference::richardson}) {
      const double bound = method == Difference::central ? 1e-6 : 1e-9;
      CHECK(grad_error([&] { return softmax(x); }, std::vector{x}, method) < bound);
      CHECK(grad_error([&] { return log_softmax(x); }, std::vector{x}, method) < bound);
    }
  }
  auto x = Tensor<double>::normal({4, 9}, Key{2}).set_requires_grad();
  CHECK(grad_error([&] { return softmax(x.slice(1, 2, 7)); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return log_softmax(x.transpose()); }, std::vector{x}) < 1e-6);
}

TEST_CASE("softmax: rows sum to one and log_softmax is its logarithm") {
  const auto x = Tensor<double>::normal({5, 11}, Key{3}, 0, 4);
  const auto y = softmax(x).to_vector(), l = log_softmax(x).to_vector();
  for (std::size_t r = 0; r < 5; ++r) {
    double total = 0;
    for (std::size_t c = 0; c < 11; ++c) total += y[11 * r + c];
    CHECK(total == doctest::Approx(1).epsilon(1e-14));
  }
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::exp(l[i]) == doctest::Approx(y[i]).epsilon(1e-13));
}

TEST_CASE("softmax: errors name the shape") {
  CHECK_THROWS_WITH_AS(softmax(Tensor<float>::ones({3, 0})),
                       "softmax: x must have a last axis of at least 1, got (3, 0)", ShapeError);
  CHECK_THROWS_WITH_AS(log_softmax(Tensor<float>::ones({})),
                       "log_softmax: x must have a last axis of at least 1, got ()", ShapeError);
}
