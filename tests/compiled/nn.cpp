// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/hadal.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("compiled: layers of the library") {
  const auto layer = FeedForward<>::make(4, 6, Key{1});
  CHECK(layer(Tensor<float>::ones({3, 4})).shape() == Shape{3, 4});
  CHECK(layer(Tensor<float>::zeros({1, 4})).to_vector() == std::vector<float>(4));
}
