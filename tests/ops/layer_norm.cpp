// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/layer_norm.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("layer_norm: gradients in double") {
  for (const Shape& shape : {Shape{1, 2}, Shape{3, 5}, Shape{2, 3, 19}, Shape{40, 2}}) {
    CAPTURE(join(shape));
    auto x = Tensor<double>::normal(shape, Key{1}).set_requires_grad();
    auto w = Tensor<double>::normal({shape[-1]}, Key{2}).set_requires_grad();
    auto b = Tensor<double>::normal({shape[-1]}, Key{3}).set_requires_grad();
    const auto f = [&] { return layer_norm(x, w, b, 0.1); };
    CHECK(grad_error(f, std::vector{x, w, b}) < 1e-6);
    CHECK(grad_error(f, std::vector{x, w, b}, Difference::richardson) < 1e-9);
  }
}

TEST_CASE("layer_norm: strided and aliased inputs") {
  auto x = Tensor<double>::normal({4, 7}, Key{4}).set_requires_grad();
  auto w = Tensor<double>::normal({6}, Key{5}).set_requires_grad();
  CHECK(grad_error([&] { return layer_norm(x.slice(1, 2, 5), w.slice(0, 0, 3), w.slice(0, 0, 6, 2)); },
                   std::vector{x, w}) < 1e-6);
  CHECK(grad_error([&] { return layer_norm(x.transpose().slice(1, 0, 3), w.slice(0, 0, 3), w.slice(0, 3, 6)); },
                   std::vector{x, w}) < 1e-6);
  CHECK(grad_error([&] { return layer_norm(w, w, w); }, std::vector{w}) < 1e-6);
}

TEST_CASE("layer_norm: bf16 rounds once, and its parameters' gradients are float") {
  auto x = Tensor<bf16>::normal({4, 64}, Key{6}), w = Tensor<bf16>::normal({64}, Key{7}),
       b = Tensor<bf16>::normal({64}, Key{8});
  w.set_requires_grad();
  b.set_requires_grad();
  const auto widened = [](const Tensor<bf16>& t) {
    const auto v = t.to_vector();
    return Tensor<double>::from(std::vector<double>(v.begin(), v.end()), t.shape());
  };
  auto y = layer_norm(x, w, b);
  const auto got = y.to_vector();
  const auto expected = layer_norm(widened(x), widened(w), widened(b)).to_vector();
  // Half a unit of bf16, and the float sum of two terms of size up to 16.
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(std::abs(got[i] - expected[i]) <= 0x1.01p-8 * std::abs(expected[i]) + 0x1p-18);
  y.backward(Tensor<bf16>::ones(y.shape()));
  static_assert(std::is_same_v<decltype(w.grad()), Tensor<float>>);
  for (float v : b.grad().to_vector()) CHECK(v == 4);
}

TEST_CASE("layer_norm: errors name the shapes") {
  const auto x = Tensor<float>::ones({3, 5}), five = Tensor<float>::ones({5});
  CHECK_THROWS_WITH_AS(layer_norm(x, Tensor<float>::ones({7}), five),
                       "layer_norm: weight must be (5) to match the last axis of x (3, 5), got (7)", ShapeError);
  CHECK_THROWS_WITH_AS(layer_norm(x, five, Tensor<float>::ones({5, 1})),
                       "layer_norm: bias must be (5) to match the last axis of x (3, 5), got (5, 1)", ShapeError);
  CHECK_THROWS_WITH_AS(layer_norm(Tensor<float>::ones({3, 0}), five, five),
                       "layer_norm: x must have a last axis of at least 1, got (3, 0)", ShapeError);
}
