// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/ops/router_bias.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace router_bias_test {
using namespace hadal;

TEST_CASE("the bias moves against the load, in place") {
  auto bias = Tensor<float>::from({1, 0, 0, -1});
  const Tensor<float> handle = bias;
  update_router_bias(bias, Tensor<std::int32_t>::from({9, 0, 1, 3}), 0.25);
  CHECK(handle.to_vector() == std::vector<float>{0.75f, 0.25f, 0.25f, -0.75f});
  CHECK(handle.version() == 1);
  update_router_bias(bias, Tensor<std::int64_t>::from({9, 0, 1, 2, 7, 7, 7, 7}, {4, 2}).slice(1, 0, 1).reshape({4}), 1,
                     true);
  CHECK(handle.to_vector() == std::vector<float>{0.25f, 1.75f, -0.25f, -1.25f});
}

TEST_CASE("loads that do not fit are errors") {
  auto bias = Tensor<float>::zeros({4});
  const auto load = Tensor<std::int32_t>::ones({3});
  CHECK_THROWS_WITH_AS(update_router_bias(bias, load, 0.1),
                       "update_router_bias: load must be (4) to match bias, got (3)", ShapeError);
  auto square = Tensor<float>::zeros({2, 2});
  CHECK_THROWS_AS(update_router_bias(square, load, 0.1), ShapeError);
  const auto fits = Tensor<std::int32_t>::ones({4});
  CHECK_THROWS_AS(update_router_bias(bias, fits, -0.1), ValueError);
  CHECK_THROWS_AS(update_router_bias(bias, fits, std::numeric_limits<double>::infinity()), ValueError);
}

}  // namespace router_bias_test
