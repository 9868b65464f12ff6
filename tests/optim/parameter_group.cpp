// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/parameter_group.hpp>

using namespace hadal;

namespace {
NamedTensor named(std::string name, const Shape& shape, bool stacked = false) {
  return {{std::move(name), Role::trained, stacked, {}, {}}, Tensor<float>::zeros(shape)};
}
}  // namespace

TEST_CASE("hidden matrices are those inside the transformer") {
  CHECK(is_hidden_matrix(named("model.layers.0.self_attn.o_proj.weight", {4, 4})));
  CHECK(is_hidden_matrix(named("model.layers.0.mlp.experts.up_proj.weight", {3, 4, 4}, true)));
  CHECK(!is_hidden_matrix(named("model.layers.0.input_layernorm.weight", {4})));
  CHECK(!is_hidden_matrix(named("model.layers.0.mlp.experts.bias", {3, 4}, true)));
  CHECK(!is_hidden_matrix(named("conv.weight", {3, 4, 4})));
  for (const char* outer :
       {"model.embed_tokens.weight", "lm_head.weight", "transformer.wte.weight", "transformer.wpe.weight"})
    CHECK(!is_hidden_matrix(named(outer, {4, 4})));
}

TEST_CASE("muon_groups gives routers to either") {
  const auto gate = named("model.layers.1.mlp.gate.weight", {8, 4}), up = named("mlp.gate_proj.weight", {8, 4});
  const auto all = muon_groups(), apart = muon_groups({}, {}, 0.1, false);
  REQUIRE(all.size() == 2);
  CHECK(all[0].takes(gate));
  CHECK(!apart[0].takes(gate));
  CHECK(apart[0].takes(up));
  CHECK(std::holds_alternative<Muon>(all[0].algorithm));
  CHECK(std::holds_alternative<AdamW>(all[1].algorithm));
}

TEST_CASE("adamw_groups decays vectors if asked") {
  const auto norm = named("norm.weight", {4}), biases = named("experts.bias", {3, 4}, true);
  const auto head = named("lm_head.weight", {8, 4});
  const auto groups = adamw_groups();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].takes(norm));
  CHECK(groups[0].takes(biases));
  CHECK(!groups[0].takes(head));
  CHECK(groups[0].weight_decay == 0);
  CHECK(groups[1].weight_decay == 0.1);
  CHECK(adamw_groups({}, 0.2, true)[0].weight_decay == 0.2);
}
