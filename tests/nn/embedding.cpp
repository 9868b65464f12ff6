// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/nn/embedding.hpp>

#include <support/module_check.hpp>

using namespace hadal;

TEST_CASE("Embedding: rows by id, gradients, ids out of range") {
  auto m = Embedding<double>::make(7, 3, Key{1});
  CHECK(forgotten_members(m).empty());
  const auto ids = Tensor<std::int32_t>::from({6, 0, 6, 2}, {2, 2});
  CHECK(m(ids).shape() == Shape{2, 2, 3});
  CHECK(m(ids).at({1, 0, 2}) == m.weight.at({6, 2}));
  CHECK(module_grad_error(m, [&] { return m(ids); }) < 1e-6);
  CHECK_THROWS_WITH_AS(m(Tensor<std::int32_t>::from({7}, {1})), doctest::Contains("7"), IndexError);
}
