// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/published.hpp>
#include <hadal/tensor/views.hpp>

#include "io/scratch.hpp"

using namespace hadal;

TEST_CASE("a tensor is published as itself, a stack as one tensor for each entry, even where they lie apart") {
  const Place plain{"w", Role::trained, false, {}, {}}, stacked{"e.w", Role::trained, true, "e.", ".w"};
  auto list = published_parts({plain, Tensor<float>::ones({2, 3})});
  REQUIRE(list.size() == 1);
  CHECK(list[0].name == "w");
  CHECK(list[0].bytes == 24);
  const auto wide = Tensor<bf16>::ones({3, 4, 2});
  list = published_parts({stacked, wide.slice(1, 1, 3)});
  REQUIRE(list.size() == 3);
  CHECK(list[2].name == "e.2.w");
  CHECK(list[2].shape == Shape{2, 2});
  CHECK(list[2].offset == 2 * 8 * 2);
  CHECK(list[2].bytes == 8);
  CHECK(error_of<ValueError>([&] { published_parts({plain, wide.slice(1, 1, 3)}); }) ==
        "published_parts: 'w' must be contiguous, has shape (3, 2, 2) and strides (8, 2, 1)");
  CHECK_THROWS_AS(published_parts({stacked, wide.slice(2, 0, 1)}), ValueError);
}
