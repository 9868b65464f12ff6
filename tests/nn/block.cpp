// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/models/deepseek/model.hpp>

#include <support/module_check.hpp>
#include <support/tiny_deepseek.hpp>

using namespace hadal;

TEST_CASE("Block: gradients of a dense one and of a mixture; the mixture tells its load") {
  auto c = tiny_deepseek();
  c.num_nextn_predict_layers = 0;
  auto model = DeepSeek<double>::make(c, Key{1});
  auto x = Tensor<double>::normal({1, 3, c.hidden_size}, Key{2}).set_requires_grad();
  for (auto& block : model.layers) {
    CHECK(forgotten_members(block).empty());
    CHECK(block(x, model.rope).load.defined() == block.moe.has_value());
    CHECK(module_grad_error(block, [&] { return block(x, model.rope).x; }, {x}) < 1e-6);
  }
}
