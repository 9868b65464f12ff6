// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/cross_entropy.hpp>
#include <hadal/ops/linear.hpp>
#include <hadal/ops/linear_cross_entropy.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("linear_cross_entropy: gradients in double") {
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 5}, Shape{2, 2, 7}})
    for (auto reduction : {Reduction::mean, Reduction::sum}) {
      auto x = Tensor<double>::normal(shape, Key{1}).set_requires_grad();
      auto w = Tensor<double>::normal({6, shape[-1]}, Key{2}).set_requires_grad();
      std::vector<std::int32_t> ids{5, -100, 0, 2};
      ids.resize(static_cast<std::size_t>(shape.rows()));
      const auto targets = Tensor<std::int32_t>::from(ids, shape.first(shape.rank - 1));
      const auto f = [&] { return linear_cross_entropy(x, w, targets, -100, reduction); };
      CHECK(grad_error(f, std::vector{x, w}) < 1e-6);
      CHECK(grad_error(f, std::vector{x, w}, Difference::richardson) < 1e-9);
    }
}

TEST_CASE("linear_cross_entropy: strided and aliased inputs, one gradient alone, a scaled loss") {
  auto x = Tensor<double>::normal({4, 6}, Key{3}).set_requires_grad();
  auto frozen = Tensor<double>::normal({4, 6}, Key{4});
  const auto targets = Tensor<std::int32_t>::from({0, 3, 1, 2}, {4});
  const auto cut = [&] { return linear_cross_entropy(x.slice(1, 1, 4), x.transpose().slice(1, 0, 3), targets); };
  CHECK(grad_error(cut, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return linear_cross_entropy(x, x, targets); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return linear_cross_entropy(x, frozen, targets); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return linear_cross_entropy(frozen, x, targets); }, std::vector{x}) < 1e-6);
}

TEST_CASE("linear_cross_entropy: many chunks agree with the two ops one after the other") {
  auto x = Tensor<float>::normal({600, 3}, Key{5}).set_requires_grad();
  auto w = Tensor<float>::normal({9000, 3}, Key{6}).set_requires_grad();
  const auto targets = Tensor<std::int32_t>::full({600}, 8999);
  const auto fused = linear_cross_entropy(x, w, targets);
  fused.backward();
  const auto dx = x.grad().to_vector(), dw = w.grad().to_vector();
  x.zero_grad();
  w.zero_grad();
  const auto plain = cross_entropy(linear(x, w), targets);
  plain.backward();
  CHECK(fused.item() == doctest::Approx(plain.item()).epsilon(1e-6));
  const auto close = [](const std::vector<float>& a, const std::vector<float>& b) {
    double difference = 0, largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      difference = std::fmax(difference, std::abs(double(a[i]) - b[i]));
      largest = std::fmax(largest, std::abs(double(b[i])));
    }
    return difference < 1e-5 * largest;
  };
  CHECK(close(dx, x.grad().to_vector()));
  CHECK(close(dw, w.grad().to_vector()));
}

TEST_CASE("linear_cross_entropy: bf16 weights, a float loss and a float gradient of the weights") {
  auto x = Tensor<bf16>::normal({5, 8}, Key{7}).set_requires_grad();
  auto w = Tensor<bf16>::normal({9, 8}, Key{8}).set_requires_grad();
  const auto targets = Tensor<std::int32_t>::from({0, 8, 3, -100, 2}, {5});
  const Tensor<float> loss = linear_cross_entropy(x, w, targets);
  loss.backward();
  const auto wide = [](const Tensor<bf16>& t) {
    const auto v = t.to_vector();
    return Tensor<double>::from(std::vector<double>(v.begin(), v.end()), t.shape()).set_requires_grad();
  };
  const auto x64 = wide(x), w64 = wide(w);
  const auto exact = linear_cross_entropy(x64, w64, targets);
  exact.backward();
  CHECK(loss.item() == doctest::Approx(exact.item()).epsilon(1e-6));
  const auto dw = w.grad().to_vector();
  const auto dw64 = w64.grad().to_vector();
  for (std::size_t i = 0; i < dw.size(); ++i) CHECK(std::abs(dw[i] - dw64[i]) < 1e-6);
}

TEST_CASE("linear_cross_entropy: a retained graph gives the same gradient again, a scaled loss a scaled one") {
  auto x = Tensor<float>::normal({3, 4}, Key{11}).set_requires_grad();
  auto w = Tensor<float>::normal({5, 4}, Key{12}).set_requires_grad();
  const auto loss = linear_cross_entropy(x, w, Tensor<std::int32_t>::from({0, 4, 1}, {3}));
  loss.backward({}, true);
  const float once = w.grad().at({4, 1}), x_once = x.grad().at({2, 3});
  loss.backward(Tensor<float>::full({}, 3), true);
  CHECK(w.grad().at({4, 1}) == doctest::Approx(4 * once).epsilon(1e-6));
  loss.backward();
  CHECK(w.grad().at({4, 1}) == doctest::Approx(5 * once).epsilon(1e-6));
  CHECK(x.grad().at({2, 3}) == doctest::Approx(5 * x_once).epsilon(1e-6));
}

TEST_CASE("linear_cross_entropy: nothing but ignored targets gives 0 and gradients of 0") {
  auto x = Tensor<float>::normal({2, 3}, Key{9}).set_requires_grad();
  auto w = Tensor<float>::normal({4, 3}, Key{10}).set_requires_grad();
  const auto loss = linear_cross_entropy(x, w, Tensor<std::int32_t>::full({2}, -100));
  CHECK(loss.item() == 0);
  loss.backward();
  for (float g : x.grad().to_vector()) CHECK(g == 0);
  for (float g : w.grad().to_vector()) CHECK(g == 0);
}

TEST_CASE("linear_cross_entropy: errors name targets and shapes") {
  const auto x = Tensor<float>::ones({2, 3}), w = Tensor<float>::ones({4, 3});
  const auto ids = Tensor<std::int32_t>::from({0, 4}, {2});
  CHECK_THROWS_WITH_AS(linear_cross_entropy(x, w, ids),
                       "linear_cross_entropy: target 4 at position 1 is out of range for 4 classes", IndexError);
  CHECK_THROWS_WITH_AS(linear_cross_entropy(x, Tensor<float>::ones({4, 5}), ids),
                       "linear_cross_entropy: the last axis of x (2, 3) must be the 5 inputs of weight (4, 5)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(linear_cross_entropy(x, Tensor<float>::ones({0, 3}), ids),
                       "linear_cross_entropy: weight must be (V, C) with V at least 1, got (0, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(
      linear_cross_entropy(x, w, Tensor<std::int32_t>::from({0}, {1})),
      "linear_cross_entropy: targets must have the shape of x (2, 3) without its last axis, got (1)", ShapeError);
}
