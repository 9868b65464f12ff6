// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/matmul.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <cmath>

using namespace hadal;

namespace {

/// The product by its definition, broadcasting by index, for tests.
std::vector<double> matmul_reference(const Tensor<double>& a_in, const Tensor<double>& b_in, const Shape& c) {
  const auto stretched = [&](const Tensor<double>& t) {
    return t.expand(c.first(c.rank - 2).append(t.shape(-2)).append(t.shape(-1))).to_vector();
  };
  const std::vector<double> a = stretched(a_in), b = stretched(b_in);
  const auto M = static_cast<std::size_t>(c[-2]), N = static_cast<std::size_t>(c[-1]);
  const auto K = static_cast<std::size_t>(a_in.shape(-1));
  std::vector<double> y(static_cast<std::size_t>(c.size()));
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t p = i / (M * N), row = i / N % M, column = i % N;
    for (std::size_t k = 0; k < K; ++k) y[i] += a[(p * M + row) * K + k] * b[(p * K + k) * N + column];
  }
  return y;
}

}  // namespace

TEST_CASE("matmul: values and gradients, broadcast and transposed") {
  const struct {
    Shape a, b, c;
  } cases[] = {
      {{1, 1}, {1, 1}, {1, 1}},       {{3, 5}, {5, 2}, {3, 2}},       {{2, 3, 5}, {2, 5, 4}, {2, 3, 4}},
      {{2, 3, 5}, {5, 4}, {2, 3, 4}}, {{3, 5}, {2, 5, 4}, {2, 3, 4}}, {{2, 1, 3, 2}, {4, 2, 3}, {2, 4, 3, 3}},
  };
  for (const auto& [a_shape, b_shape, c_shape] : cases)
    for (int flags = 0; flags < 4; ++flags) {
      CAPTURE(join(a_shape, " ", b_shape));
      CAPTURE(flags);
      const bool ta = flags & 1, tb = flags & 2;
      const auto turned = [](Shape s, bool turn) {
        if (turn) std::swap(s[-1], s[-2]);
        return s;
      };
      auto a = Tensor<double>::normal(turned(a_shape, ta), Key{1}).set_requires_grad();
      auto b = Tensor<double>::normal(turned(b_shape, tb), Key{2}).set_requires_grad();
      const auto c = matmul(a, b, ta, tb);
      CHECK(c.shape() == c_shape);
      const auto got = c.to_vector();
      const auto expected = matmul_reference(ta ? a.transpose() : a, tb ? b.transpose() : b, c_shape);
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected[i]) <= 1e-14 * 16);
      CHECK(grad_error([&] { return matmul(a, b, ta, tb); }, std::vector{a, b}) < 1e-6);
      CHECK(grad_error([&] { return matmul(a, b, ta, tb); }, std::vector{a, b}, Difference::richardson) < 1e-9);
    }
}

TEST_CASE("matmul: strided and aliased inputs") {
  auto x = Tensor<double>::normal({3, 4, 6}, Key{3}).set_requires_grad();
  auto s = Tensor<double>::normal({4, 4}, Key{4}).set_requires_grad();
  CHECK(grad_error([&] { return matmul(s, s); }, std::vector{s}) < 1e-6);
  CHECK(grad_error([&] { return matmul(s, s, true, false); }, std::vector{s}) < 1e-6);
  CHECK(grad_error([&] { return matmul(x.transpose(), x); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return matmul(x.slice(2, 0, 6, 2), s.slice(0, 0, 3)); }, std::vector{x, s}) < 1e-6);
  CHECK(grad_error([&] { return matmul(x.permute({1, 0, 2}), s.slice(0, 0, 3), true); }, std::vector{x, s}) < 1e-6);
  CHECK(grad_error([&] { return matmul(s.slice(1, 0, 1).expand({4, 4}), s); }, std::vector{s}) < 1e-6);
}

TEST_CASE("matmul: bf16 rounds once") {
  const auto a = Tensor<bf16>::normal({2, 3, 20}, Key{5}), b = Tensor<bf16>::normal({2, 20, 9}, Key{6});
  const auto y = matmul(a, b).to_vector(), as = a.to_vector(), bs = b.to_vector();
  for (std::size_t i = 0; i < y.size(); ++i) {
    double sum = 0, size = 0;
    for (std::size_t k = 0; k < 20; ++k) {
      const double p = static_cast<double>(as[i / 9 * 20 + k]) * static_cast<double>(bs[(i / 27 * 20 + k) * 9 + i % 9]);
      sum += p;
      size += std::abs(p);
    }
    CHECK(std::abs(static_cast<double>(y[i]) - sum) <=
          0x1.01p-8 * (std::abs(sum) + 22 * 0x1p-24 * size) + 22 * 0x1p-24 * size);
  }
}

TEST_CASE("matmul: empty axes") {
  CHECK(matmul(Tensor<float>::ones({2, 0}), Tensor<float>::ones({0, 3})).to_vector() == std::vector<float>(6, 0.0f));
  CHECK(matmul(Tensor<float>::ones({0, 2, 2}), Tensor<float>::ones({0, 2, 3})).shape() == Shape{0, 2, 3});
}

TEST_CASE("matmul: errors name the shapes") {
  const auto a = Tensor<float>::ones({3, 5});
  CHECK_THROWS_WITH_AS(matmul(a, a, false, false),
                       "matmul: (3, 5) and (3, 5) must agree in the inner size, got 5 and 3", ShapeError);
  CHECK_THROWS_WITH_AS(matmul(a, Tensor<float>::ones({2, 4}), true, true),
                       "matmul: (3, 5) transposed and (2, 4) transposed must agree in the inner size, got 3 and 4",
                       ShapeError);
  CHECK_THROWS_WITH_AS(matmul(a, Tensor<float>::ones({5})), "matmul: both need at least 2 axes, got (3, 5) and (5)",
                       ShapeError);
  CHECK_THROWS_AS(matmul(Tensor<float>::ones({2, 3, 5}), Tensor<float>::ones({3, 5, 2})), ShapeError);
}
