// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/linear.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <cmath>

using namespace hadal;

namespace {

/// Checks y = x W^T + b element by element: `unit` is the rounding of one step of the sum, `storage` that of y.
template <class T, class W>
void check_linear(const Tensor<T>& x, const Tensor<W>& weight, const Tensor<W>& bias, double unit, double storage) {
  const auto y = linear(x, weight, bias);
  CHECK(y.shape() == x.shape().with_last(weight.shape(0)));
  const auto xs = x.to_vector(), ys = y.to_vector();
  const auto ws = weight.to_vector(), bs = bias.defined() ? bias.to_vector() : std::vector<W>();
  const std::size_t in = static_cast<std::size_t>(weight.shape(1)), out = static_cast<std::size_t>(weight.shape(0));
  for (std::size_t i = 0; i < ys.size(); ++i) {
    double sum = 0, size = 0;
    for (std::size_t k = 0; k < in; ++k) {
      const double p = static_cast<double>(xs[i / out * in + k]) * static_cast<double>(ws[i % out * in + k]);
      sum += p;
      size += std::abs(p);
    }
    if (!bs.empty()) sum += static_cast<double>(bs[i % out]), size += std::abs(static_cast<double>(bs[i % out]));
    const double bound = static_cast<double>(in + 2) * unit * size * 1.01 + storage * 1.01 * std::abs(sum);
    CHECK(std::abs(static_cast<double>(ys[i]) - sum) <= bound);
  }
}

}  // namespace

TEST_CASE("linear: values") {
  for (const Shape& shape : {Shape{5}, Shape{1, 1}, Shape{7, 5}, Shape{2, 3, 33}}) {
    const auto x = Tensor<double>::normal(shape, Key{1}), w = Tensor<double>::normal({4, shape[-1]}, Key{2});
    check_linear(x, w, {}, 0x1p-53, 0);
    check_linear(x, w, Tensor<double>::normal({4}, Key{3}), 0x1p-53, 0);
  }
}

TEST_CASE("linear: half widths sum in float and round once") {
  const auto x = Tensor<float>::normal({3, 300}, Key{1});
  const auto xb = Tensor<bf16>::normal({3, 300}, Key{1}), w = Tensor<bf16>::normal({17, 300}, Key{2}),
             b = Tensor<bf16>::normal({17}, Key{3});
  check_linear(x, w, b, 0x1p-24, 0);
  check_linear(xb, w, b, 0x1p-24, 0x1p-8);
}

TEST_CASE("linear: gradients") {
  for (const Shape& shape : {Shape{5}, Shape{1, 1}, Shape{2, 3, 7}}) {
    CAPTURE(join(shape));
    auto x = Tensor<double>::normal(shape, Key{1}).set_requires_grad();
    auto w = Tensor<double>::normal({4, shape[-1]}, Key{2}).set_requires_grad();
    auto b = Tensor<double>::normal({4}, Key{3}).set_requires_grad();
    CHECK(grad_error([&] { return linear(x, w, b); }, std::vector{x, w, b}) < 1e-6);
    CHECK(grad_error([&] { return linear(x, w, b); }, std::vector{x, w, b}, Difference::richardson) < 1e-9);
  }
  auto x = Tensor<double>::normal({4, 6}, Key{4}).set_requires_grad();
  auto w = Tensor<double>::normal({3, 4}, Key{5}).set_requires_grad();
  CHECK(grad_error([&] { return linear(x.transpose(), w); }, std::vector{x, w}) < 1e-6);
  CHECK(grad_error([&] { return linear(x.slice(1, 1, 4), w.transpose()); }, std::vector{x, w}) < 1e-6);
  CHECK(grad_error([&] { return linear(x, x); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return linear(linear(x, x), w, w.select(1, 0)); }, std::vector{x, w}) < 1e-6);
}

TEST_CASE("linear: the gradient of a bias over many rows, added to an earlier one") {
  const auto x = Tensor<float>::ones({600, 1}), w = Tensor<float>::ones({70, 1});
  auto b = Tensor<float>::zeros({70}).set_requires_grad();
  for (int i = 0; i < 2; ++i) linear(x, w, b).backward(Tensor<float>::ones({600, 70}));
  for (float g : b.grad().to_vector()) CHECK(g == 1200.0f);
}

TEST_CASE("linear: bf16 weights collect float gradients under float activations") {
  auto x = Tensor<float>::from({1, 2, 3, 4}, {2, 2}).set_requires_grad();
  auto w = Tensor<bf16>::ones({1, 2}).set_requires_grad(), b = Tensor<bf16>::ones({1}).set_requires_grad();
  auto y = linear(x, w, b);
  CHECK(y.to_vector() == std::vector<float>{4, 8});
  y.backward(Tensor<float>::from({1, 0.001f}, {2, 1}));
  CHECK(w.grad().to_vector() == std::vector<float>{1 + 3 * 0.001f, 2 + 4 * 0.001f});
  CHECK(b.grad().to_vector() == std::vector<float>{1 + 0.001f});
  CHECK(x.grad().to_vector() == std::vector<float>{1, 1, 0.001f, 0.001f});
}

TEST_CASE("linear: errors name the shapes") {
  const auto x = Tensor<float>::ones({3, 5}), w = Tensor<float>::ones({2, 5});
  CHECK_THROWS_WITH_AS(linear(x, Tensor<float>::ones({2, 4})),
                       "linear: the last axis of x (3, 5) must be the 4 inputs of weight (2, 4)", ShapeError);
  CHECK_THROWS_WITH_AS(linear(x, w, Tensor<float>::ones({3})),
                       "linear: bias must be (2) to match weight (2, 5), got (3)", ShapeError);
  CHECK_THROWS_WITH_AS(linear(x, Tensor<float>::ones({5})), "linear: weight must be (out, in), got (5)", ShapeError);
  CHECK_THROWS_WITH_AS(linear(x, w, {}, Tensor<float>::ones({3, 5})),
                       "linear: residual must be (3, 2) as the result, got (3, 5)", ShapeError);
  CHECK_THROWS_WITH_AS(linear(x, w, {}, {}, 1, true),
                       "linear: the last axis of x (3, 5) must be the 2 inputs of weight (2, 5)", ShapeError);
}

TEST_CASE("linear: scale, residual and a weight stored in first, against ops of their own") {
  auto x = Tensor<double>::normal({2, 3, 7}, Key{1}).set_requires_grad();
  auto w = Tensor<double>::normal({7, 4}, Key{2}).set_requires_grad();
  auto b = Tensor<double>::normal({4}, Key{3}).set_requires_grad();
  auto r = Tensor<double>::normal({2, 4, 3}, Key{4}).set_requires_grad();
  const auto plain = linear(x, w.transpose().contiguous(), b) * 0.5 + r.transpose();
  CHECK(linear(x, w, b, r.transpose(), 0.5, true).to_vector() == plain.to_vector());
  const auto call = [&] { return linear(x, w, b, r.transpose(), 0.5, true); };
  CHECK(grad_error(call, std::vector{x, w, b, r}) < 1e-6);
  CHECK(grad_error(call, std::vector{x, w, b, r}, Difference::richardson) < 1e-9);
  auto s = Tensor<double>::normal({4, 4}, Key{5}).set_requires_grad();
  CHECK(grad_error([&] { return linear(s, s, {}, s); }, std::vector{s}) < 1e-6);
  CHECK(grad_error([&] { return linear(s, s.transpose(), {}, s.transpose(), -2); }, std::vector{s}) < 1e-6);
  const auto fixed = x.detach(), weight = w.detach().transpose();
  CHECK(grad_error([&] { return linear(fixed, weight, {}, r.transpose()); }, std::vector{r}) < 1e-6);
}
