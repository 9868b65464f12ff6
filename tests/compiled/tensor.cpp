// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/hadal.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("compiled: tensors of the library") {
  auto x = Tensor<float>::from({1, 2, 3, 4}, {2, 2});
  x.set_requires_grad();
  x.transpose().contiguous().slice(0, 0, 1).backward(Tensor<float>::ones({1, 2}));
  CHECK(x.grad().to_vector() == std::vector<float>{1, 0, 1, 0});
}
