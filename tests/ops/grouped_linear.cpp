// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/grouped_linear.hpp>
#include <hadal/ops/linear.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("grouped_linear: one linear per expert, and its gradients") {
  for (const auto& cuts : {std::vector<std::int32_t>{0, 1}, {0, 0, 4, 4, 7}, {0, 3, 3}}) {
    const auto offsets = Tensor<std::int32_t>::from(cuts);
    const std::int64_t experts = offsets.size() - 1, n = cuts.back();
    auto x = Tensor<double>::normal({n, 5}, Key{1}).set_requires_grad();
    auto w = Tensor<double>::normal({experts, 3, 5}, Key{2}).set_requires_grad();
    const auto y = grouped_linear(x, w, offsets);
    CHECK(y.shape() == Shape{n, 3});
    for (std::int64_t e = 0; e < experts; ++e) {
      const std::int64_t begin = cuts[static_cast<std::size_t>(e)], end = cuts[static_cast<std::size_t>(e) + 1];
      CHECK(y.slice(0, begin, end).to_vector() == linear(x.slice(0, begin, end), w.select(0, e)).to_vector());
    }
    CHECK(grad_error([&] { return grouped_linear(x, w, offsets); }, std::vector{x, w}) < 1e-6);
    CHECK(grad_error([&] { return grouped_linear(x, w, offsets); }, std::vector{x, w}, Difference::richardson) < 1e-9);
  }
}

TEST_CASE("grouped_linear: strided and repeated inputs") {
  auto x = Tensor<double>::normal({3, 6}, Key{3}).set_requires_grad();
  auto w = Tensor<double>::normal({3, 2, 3}, Key{4}).set_requires_grad();
  const auto offsets = Tensor<std::int32_t>::from({0, 9, 2, 9, 6}, {5}).slice(0, 0, 5, 2);
  CHECK(grad_error(
            [&] {
              return grouped_linear(x.transpose(), w.permute({1, 2, 0}), offsets);
            },
            std::vector{x, w}) < 1e-6);
  CHECK(grad_error(
            [&] {
              return grouped_linear(x.slice(1, 1, 4), w, Tensor<std::int32_t>::from({0, 1, 1, 3}));
            },
            std::vector{x, w}) < 1e-6);
  CHECK(grad_error(
            [&] {
              return grouped_linear(x, x.unsqueeze(0), Tensor<std::int32_t>::from({0, 3}));
            },
            std::vector{x}) < 1e-6);
}

TEST_CASE("grouped_linear: matrices that lie apart give the same bits as a dense stack") {
  const auto x = Tensor<float>::normal({9, 4}, Key{5});
  const auto wide = Tensor<bf16>::normal({3, 5, 4}, Key{6});
  auto apart = wide.slice(1, 1, 4);  // (3, 3, 4), five rows from one to the next
  const auto offsets = Tensor<std::int32_t>::from({0, 2, 2, 9});
  CHECK(grouped_linear(x, apart, offsets).to_vector() == grouped_linear(x, apart.contiguous(), offsets).to_vector());
  auto a = x.clone().set_requires_grad(), b = x.clone().set_requires_grad();
  auto dense = apart.clone().set_requires_grad();
  apart.set_requires_grad();
  const auto seed = Tensor<float>::normal({9, 3}, Key{7});
  grouped_linear(a, apart, offsets).backward(seed);
  grouped_linear(b, dense, offsets).backward(seed);
  CHECK(a.grad().to_vector() == b.grad().to_vector());
  CHECK(apart.grad().to_vector() == dense.grad().to_vector());
}

TEST_CASE("grouped_linear: bf16 weights collect float gradients; an expert without rows gets zeros") {
  auto x = Tensor<float>::from({1, 2, 3, 4}, {2, 2}).set_requires_grad();
  auto w = Tensor<bf16>::ones({2, 1, 2}).set_requires_grad();
  auto y = grouped_linear(x, w, Tensor<std::int32_t>::from({0, 0, 2}));
  CHECK(y.to_vector() == std::vector<float>{3, 7});
  y.backward(Tensor<float>::from({1, 0.001f}, {2, 1}));
  CHECK(w.grad().to_vector() == std::vector<float>{0, 0, 1 + 3 * 0.001f, 2 + 4 * 0.001f});
}

TEST_CASE("grouped_linear: errors") {
  const auto x = Tensor<float>::ones({3, 5}), w = Tensor<float>::ones({2, 4, 5});
  const auto offsets = Tensor<std::int32_t>::from({0, 1, 3});
  CHECK_THROWS_WITH_AS(grouped_linear(x, Tensor<float>::ones({4, 5}), offsets),
                       "grouped_linear: weight must be (E, out, in), got (4, 5)", ShapeError);
  CHECK_THROWS_WITH_AS(grouped_linear(Tensor<float>::ones({3, 4}), w, offsets),
                       "grouped_linear: x must be (N, 5) to match weight (2, 4, 5), got (3, 4)", ShapeError);
  CHECK_THROWS_WITH_AS(grouped_linear(x, w, Tensor<std::int32_t>::from({0, 3})),
                       "grouped_linear: offsets must be (3) to match weight (2, 4, 5), got (2)", ShapeError);
  CHECK_THROWS_WITH_AS(grouped_linear(x, w, Tensor<std::int32_t>::from({0, 1, 2})),
                       "grouped_linear: offsets must go from 0 to the 3 rows, got 0 to 2", IndexError);
}
