// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/embedding.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("embedding: values and gradients in double, with repeated ids") {
  for (std::int64_t width : {1, 5, 17}) {
    auto weight = Tensor<double>::normal({4, width}, Key{1}).set_requires_grad();
    const auto ids = Tensor<std::int32_t>::from({3, 0, 3, 1, 3, 0}, {2, 3});
    const auto y = embedding(weight, ids);
    CHECK(y.shape() == Shape{2, 3, width});
    CHECK(y.at({1, 0, width - 1}) == weight.at({1, width - 1}));
    CHECK(grad_error([&] { return embedding(weight, ids); }, std::vector{weight}) < 1e-6);
    CHECK(grad_error([&] { return embedding(weight, ids); }, std::vector{weight}, Difference::richardson) < 1e-9);
  }
}

TEST_CASE("embedding: strided weights and ids, a scalar id, the table looked up twice") {
  auto weight = Tensor<double>::normal({5, 6}, Key{2}).set_requires_grad();
  const auto ids = Tensor<std::int32_t>::from({0, 1, 2, 3, 4, 1}, {3, 2});
  CHECK(embedding(weight, ids.transpose()).at({1, 2, 3}) == weight.at({1, 3}));
  CHECK(grad_error([&] { return embedding(weight.slice(1, 1, 4), ids.transpose()); }, std::vector{weight}) < 1e-6);
  CHECK(grad_error([&] { return embedding(weight.transpose(), ids); }, std::vector{weight}) < 1e-6);
  CHECK(embedding(weight, Tensor<std::int32_t>::from({2}, {})).shape() == Shape{6});
  weight.zero_grad();
  embedding(weight, ids).backward(Tensor<double>::ones({3, 2, 6}));
  embedding(weight, ids).backward(Tensor<double>::ones({3, 2, 6}));
  CHECK(weight.grad().at({1, 0}) == 4);
}

TEST_CASE("embedding: errors name the id and the shapes") {
  const auto weight = Tensor<float>::ones({5, 2});
  CHECK_THROWS_WITH_AS(embedding(weight, Tensor<std::int32_t>::from({0, -1}, {2})),
                       "embedding: id -1 at position 1 is out of range for 5 rows", IndexError);
  CHECK_THROWS_WITH_AS(embedding(Tensor<float>::ones({5}), Tensor<std::int32_t>::from({0}, {1})),
                       "embedding: weight must be (V, C), got (5)", ShapeError);
  CHECK_THROWS_WITH_AS(embedding(weight, Tensor<std::int32_t>{}), "embedding: ids are not defined", ValueError);
}
