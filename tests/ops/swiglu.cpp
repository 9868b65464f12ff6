// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/swiglu.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("swiglu: values and gradients in double") {
  for (const Shape& shape : {Shape{}, Shape{1, 1}, Shape{3, 7}, Shape{2, 2, 18}}) {
    CAPTURE(join(shape));
    auto gate = Tensor<double>::normal(shape, Key{1}).set_requires_grad();
    auto up = Tensor<double>::normal(shape, Key{2}).set_requires_grad();
    const auto y = swiglu(gate, up).to_vector(), a = gate.to_vector(), b = up.to_vector();
    for (std::size_t i = 0; i < y.size(); ++i)
      CHECK(y[i] == doctest::Approx(a[i] / (1 + std::exp(-a[i])) * b[i]).epsilon(1e-14));
    CHECK(grad_error([&] { return swiglu(gate, up); }, std::vector{gate, up}) < 1e-6);
    CHECK(grad_error([&] { return swiglu(gate, up); }, std::vector{gate, up}, Difference::richardson) < 1e-9);
  }
}

TEST_CASE("swiglu: halves of one tensor, a transpose, one tensor twice") {
  auto x = Tensor<double>::normal({4, 10}, Key{3}).set_requires_grad();
  CHECK(grad_error([&] { return swiglu(x.slice(1, 0, 5), x.slice(1, 5, 10)); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return swiglu(x.transpose(), x.transpose()); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return swiglu(x, x); }, std::vector{x}) < 1e-6);
}

TEST_CASE("swiglu: only one of the two may want a gradient") {
  auto gate = Tensor<double>::normal({2, 5}, Key{4}), up = Tensor<double>::normal({2, 5}, Key{5}).set_requires_grad();
  CHECK(grad_error([&] { return swiglu(gate, up); }, std::vector{up}) < 1e-6);
}

TEST_CASE("swiglu: errors name the shapes") {
  CHECK_THROWS_WITH_AS(swiglu(Tensor<float>::ones({2, 3}), Tensor<float>::ones({2, 4})),
                       "swiglu: gate and up must have one shape, got (2, 3) and (2, 4)", ShapeError);
}
