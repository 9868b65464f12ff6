// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <golden/fixture.hpp>
#include <hadal/models/gpt2/model.hpp>
#include <hadal/tensor/walk.hpp>

using namespace hadal;
using namespace hadal::test;

TEST_CASE("golden: a GPT-2 block with the gradient of every parameter") {
  const Fixture f("gpt2_block");
  Gpt2Config config;
  config.n_embd = 12;
  config.n_head = static_cast<std::int64_t>(f.constant("heads"));
  config.layer_norm_epsilon = f.constant("eps");
  auto block = Gpt2Block<float, Cpu>::make(config, Key{1});
  std::vector<std::pair<std::string, Tensor<float>>> leaves;
  walk([&](const Place& place, Tensor<float>& t) { leaves.emplace_back(place.name, t = f.leaf(place.name)); }, block);
  CHECK(leaves.size() == 12);
  const auto x = f.leaf("x");
  leaves.emplace_back("x", x);
  CHECK(f.error(block(x), leaves) < golden);
}
