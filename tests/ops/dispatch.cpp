// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/ops/dispatch.hpp>

#include <hadal/tensor/grad_check.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace dispatch_test {
using namespace hadal;
using Indices = Tensor<std::int32_t>;

TEST_CASE("dispatch and combine with equal weights give each token back") {
  const auto x = Tensor<float>::from({1, 2, 3, 4, 5, 6}, {3, 2});
  const auto plan = plan_experts(Indices::from({2, 0, /**/ 0, 3, /**/ 2, 3}, {3, 2}), 5);
  CHECK(plan.offsets.to_vector() == std::vector<std::int32_t>{0, 2, 2, 4, 6, 6});
  const auto rows = dispatch(x, plan);
  CHECK(rows.to_vector() == std::vector<float>{1, 2, 3, 4, 1, 2, 5, 6, 3, 4, 5, 6});
  const auto y = combine(rows, Tensor<float>::full({3, 2}, 0.5), plan);
  CHECK(y.to_vector() == x.to_vector());
  const auto strided = plan_experts(Indices::from({2, 0, 2, /**/ 0, 3, 3}, {2, 3}).transpose(), 5);
  CHECK(strided.slot_of.to_vector() == plan.slot_of.to_vector());
}

TEST_CASE("gradients of rows, tokens and weights") {
  struct Case {
    std::vector<std::int32_t> indices;
    std::int64_t K, E, C;
  };
  const Case cases[] = {
      {{0}, 1, 1, 1}, {{1, 0, 2, 1, 0, 2}, 3, 3, 5}, {{3, 3, 3, 3, 3}, 1, 5, 19}, {{0, 4, 4, 1}, 2, 5, 3}};
  for (const Case& c : cases) {
    const auto N = static_cast<std::int64_t>(c.indices.size()) / c.K;
    const auto plan = plan_experts(Indices::from(c.indices, {N, c.K}), c.E);
    auto x = Tensor<double>::normal({N, c.C}, Key{1}).set_requires_grad();
    auto xt = Tensor<double>::normal({c.C, N}, Key{2}).set_requires_grad();
    auto rows = Tensor<double>::normal({N * c.K, c.C}, Key{3}).set_requires_grad();
    auto weights = Tensor<double>::normal({N, c.K}, Key{4}).set_requires_grad();
    auto wide = Tensor<double>::normal({c.K, N}, Key{5}).set_requires_grad();
    CHECK(grad_error([&] { return dispatch(x, plan); }, std::vector{x}, Difference::richardson) < 1e-9);
    CHECK(grad_error([&] { return dispatch(xt.transpose(), plan); }, std::vector{xt}, Difference::richardson) < 1e-9);
    CHECK(grad_error([&] { return combine(rows, weights, plan); }, std::vector{rows, weights}, Difference::richardson) <
          1e-9);
    CHECK(grad_error([&] { return combine(dispatch(x, plan), wide.transpose(), plan); }, std::vector{x, wide},
                     Difference::richardson) < 1e-9);
  }
}

TEST_CASE("the same tensor as rows and as weights gets both gradients") {
  const auto plan = plan_experts(Indices::from({1, 0, 1}, {3, 1}), 2);
  auto x = Tensor<double>::normal({3, 1}, Key{6}).set_requires_grad();
  CHECK(grad_error([&] { return combine(x, x, plan); }, std::vector{x}, Difference::richardson) < 1e-9);
}

TEST_CASE("half widths keep float gradients on their leaves") {
  const auto plan = plan_experts(Indices::from({1, 0}, {1, 2}), 2);
  auto rows = Tensor<bf16>::ones({2, 3}).set_requires_grad();
  auto weights = Tensor<float>::from({0.5f, 2}, {1, 2}).set_requires_grad();
  const auto y = combine(rows, weights, plan);
  CHECK(static_cast<float>(y.at({0, 0})) == 2.5f);
  y.backward(Tensor<bf16>::ones({1, 3}));
  CHECK(rows.grad().to_vector() == std::vector<float>{2, 2, 2, 0.5f, 0.5f, 0.5f});
  CHECK(weights.grad().to_vector() == std::vector<float>{3, 3});
}

TEST_CASE("an empty batch passes through") {
  const auto plan = plan_experts(Indices::empty({0, 2}), 3);
  CHECK(plan.offsets.to_vector() == std::vector<std::int32_t>{0, 0, 0, 0});
  const auto y = combine(dispatch(Tensor<float>::empty({0, 4}), plan), Tensor<float>::empty({0, 2}), plan);
  CHECK(y.shape() == Shape{0, 4});
}

TEST_CASE("shapes that do not fit the plan are errors") {
  const auto indices = Indices::from({0, 1, 1, 2}, {2, 2});
  const auto plan = plan_experts(indices, 3);
  CHECK_THROWS_AS(plan_experts(indices.reshape({4}), 3), ShapeError);
  CHECK_THROWS_AS(plan_experts(indices, 0), ValueError);
  CHECK_THROWS_AS(plan_experts(Indices::empty({1}).expand({std::int64_t{1} << 31, 1}), 3), ValueError);
  CHECK_THROWS_WITH_AS(plan_experts(indices, 2), "plan_experts: token 1 chooses expert 2 of 2", IndexError);
  CHECK_THROWS_WITH_AS(dispatch(Tensor<float>::ones({3, 4}), plan),
                       "dispatch: x must be (2, C) to match the plan, got (3, 4)", ShapeError);
  CHECK_THROWS_AS(dispatch(Tensor<float>::ones({2}), plan), ShapeError);
  const auto rows = Tensor<float>::ones({4, 3});
  CHECK_THROWS_WITH_AS(combine(Tensor<float>::ones({2, 3}), Tensor<float>::ones({2, 2}), plan),
                       "combine: rows must be (4, C) to match the plan, got (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(combine(rows, Tensor<float>::ones({2, 1}), plan),
                       "combine: weights must be (2, 2) to match the plan, got (2, 1)", ShapeError);
}

}  // namespace dispatch_test
