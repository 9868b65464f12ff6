// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/nn/embedding.hpp>

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"

namespace embedding_test {
using namespace hadal;

TEST_CASE("embedding: rows of the table, gradients, names, ids out of range") {
  auto m = Embedding<double>::make(5, 3, Key{1});
  const auto ids = Tensor<std::int32_t>::from({4, 0, 4, 2}, {2, 2});
  const auto y = m(ids);
  CHECK(y.shape() == Shape{2, 2, 3});
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t c = 0; c < 3; ++c)
      CHECK(y.at({i / 2, i % 2, c}) == m.weight.at({ids.at({i / 2, i % 2}), c}));
  CHECK(grad_error([&] { return m(ids); }, test::leaves(m)) < 1e-6);
  CHECK(test::names(m) == std::vector<std::string>{"weight"});
  CHECK(forgotten_members(m).empty());
  CHECK_THROWS_AS(m(Tensor<std::int32_t>::from({5})), IndexError);
  CHECK_THROWS_AS(m(Tensor<std::int32_t>::from({-1})), IndexError);
}

}  // namespace embedding_test
