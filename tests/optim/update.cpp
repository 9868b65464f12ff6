// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/update.hpp>

using namespace hadal;

TEST_CASE("an update computes in the weight itself, or in the master of a weight of half width") {
  const auto g = Tensor<float>::ones({2});
  auto w = Tensor<float>::ones({2});
  Update<float, Cpu> u{w, {}, g, {}, 0.1, 0, 1};
  CHECK(u.value().data == w.data());
  CHECK(u.rounded().data == nullptr);
  auto h = Tensor<bf16>::ones({2});
  auto master = Tensor<float>::ones({2});
  const auto version = h.version();
  Update<bf16, Cpu> n{h, master, g, {}, 0.1, 0, 1};
  CHECK(n.value().data == master.data());
  CHECK(n.rounded().data == h.data());
  CHECK(h.version() > version);
}
