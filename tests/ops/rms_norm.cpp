// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/rms_norm.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("rms_norm: values and gradients in double") {
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 5}, Shape{2, 3, 33}, Shape{131, 2}}) {
    CAPTURE(join(shape));
    auto x = Tensor<double>::normal(shape, Key{1}).set_requires_grad();
    auto w = Tensor<double>::normal({shape[-1]}, Key{2}).set_requires_grad();
    const auto y = rms_norm(x, w).to_vector(), expected = rms_norm_reference(x, w);
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-13));
    if (shape.size() < 200) {
      CHECK(grad_error([&] { return rms_norm(x, w, 1e-3); }, std::vector{x, w}) < 1e-6);
      CHECK(grad_error([&] { return rms_norm(x, w, 1e-3); }, std::vector{x, w}, Difference::richardson) < 1e-9);
    }
  }
}

TEST_CASE("rms_norm: strided and aliased inputs") {
  auto x = Tensor<double>::normal({4, 7}, Key{3}).set_requires_grad();
  auto w = Tensor<double>::normal({3}, Key{4}).set_requires_grad();
  CHECK(grad_error([&] { return rms_norm(x.slice(1, 2, 5), w); }, std::vector{x, w}) < 1e-6);
  CHECK(grad_error([&] { return rms_norm(x.transpose().slice(1, 0, 3), w); }, std::vector{x, w}) < 1e-6);
  auto v = Tensor<double>::normal({6}, Key{5}).set_requires_grad();
  CHECK(grad_error([&] { return rms_norm(v, v); }, std::vector{v}) < 1e-6);
}

TEST_CASE("rms_norm: bf16 rounds once, and its weight's gradient is float") {
  auto x = Tensor<bf16>::normal({4, 64}, Key{6}), w = Tensor<bf16>::normal({64}, Key{7});
  w.set_requires_grad();
  auto y = rms_norm(x, w);
  const auto got = y.to_vector();
  const auto expected = rms_norm_reference(x, w);
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(std::abs(got[i] - expected[i]) <= 0x1.01p-8 * std::abs(expected[i]));
  y.backward(Tensor<bf16>::ones(y.shape()));
  static_assert(std::is_same_v<decltype(w.grad()), Tensor<float>>);
  CHECK(w.grad().shape() == Shape{64});
}

TEST_CASE("rms_norm: errors name the shapes") {
  const auto x = Tensor<float>::ones({3, 5});
  CHECK_THROWS_WITH_AS(rms_norm(x, Tensor<float>::ones({7})),
                       "rms_norm: weight must be (5) to match the last axis of x (3, 5), got (7)", ShapeError);
  CHECK_THROWS_AS(rms_norm(Tensor<float>::ones({3, 0}), Tensor<float>::ones({0})), ShapeError);
}
