// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/tensor/views.hpp>

using namespace hadal;

TEST_CASE_TEMPLATE("tensor: making and reading", T, float, double, bf16, half, std::int32_t, std::int64_t) {
  const auto v = [](float x) { return static_cast<T>(x); };
  const auto t = Tensor<T>::from({v(1), v(2), v(3), v(4), v(5), v(6)}, {2, 3});
  CHECK(t.dtype() == dtype_of<T>);
  CHECK(t.shape() == Shape{2, 3});
  CHECK(static_cast<double>(t.at({1, 0})) == 4);
  CHECK(t.transpose().to_vector() == std::vector<T>{v(1), v(4), v(2), v(5), v(3), v(6)});
  CHECK(static_cast<double>(Tensor<T>::full({}, 7).item()) == 7);
  CHECK(Tensor<T>::zeros({0, 3}).to_vector().empty());
  CHECK(static_cast<double>(Tensor<T>::arange(5).at({4})) == 4);
}

TEST_CASE("tensor: bool") {
  const auto t = Tensor<bool>::full({3}, 1);
  CHECK(t.at({2}) == true);
  CHECK(t.bytes() == 3);
}

TEST_CASE("tensor: a copy shares the elements, a clone does not") {
  const auto a = Tensor<float>::zeros({2});
  auto b = a, c = a.clone();
  b.mutable_view().data[0] = 5;
  CHECK(a.at({0}) == 5);
  CHECK(c.at({0}) == 0);
}

TEST_CASE("tensor: random elements depend on key and index alone") {
  const int before = threads();
  set_threads(1);
  const auto one = Tensor<float>::normal({9000}, Key{1}).to_vector();
  set_threads(3);
  CHECK(Tensor<float>::normal({9000}, Key{1}).to_vector() == one);
  CHECK(Tensor<float>::normal({100}, Key{1}).to_vector() == std::vector<float>(one.begin(), one.begin() + 100));
  CHECK(Tensor<float>::normal({100}, Key{2}).to_vector() != std::vector<float>(one.begin(), one.begin() + 100));
  for (float u : Tensor<float>::uniform({1000}, Key{3}, -2, 5).to_vector()) CHECK((u >= -2 && u < 5));
  set_threads(before);
}

TEST_CASE("tensor: errors name shapes, types and indices") {
  const auto t = Tensor<float>::zeros({2, 3});
  CHECK_THROWS_WITH_AS(Tensor<float>::from({1, 2}, {3}), "tensor: shape (3) needs 3 values, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor<float>::empty({2, -1}), "tensor: sizes must not be negative, got (2, -1)", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor<double>::wrap(t), "tensor: expected elements of type double, got float", TypeError);
  CHECK_THROWS_WITH_AS(t.item(), "item: the tensor must have one element, got shape (2, 3)", ShapeError);
  CHECK_THROWS_AS(t.at({0}), IndexError);
  CHECK_THROWS_WITH_AS(t.at({0, 3}), "at: index 3 of axis 1 is outside of (2, 3)", IndexError);
  CHECK_THROWS_AS(t.transpose().view(), ShapeError);
  CHECK_THROWS_AS(Tensor<float>().to_vector(), ValueError);
  CHECK_THROWS_AS(t.on_gradient([](const TensorBase&) {}), GradError);
}
