// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/models/deepseek/inventory.hpp>

#include <hadal/models/deepseek/config_json.hpp>
#include <hadal/models/deepseek/model.hpp>
#include <hadal/tree/parameters.hpp>

#include <doctest/doctest.h>

#include <map>

#include "support/published_configs.hpp"
#include "support/small_deepseek.hpp"

namespace deepseek_inventory_test {
using namespace hadal;
using Kind = PublishedTensor::Kind;

DeepSeekConfig parse(const std::string& text) { return parse_deepseek_config(text, "c"); }

TEST_CASE("deepseek inventory: published models have their published sizes") {
  const auto lite = deepseek_sizes(parse(test::v2_lite_json()));
  CHECK(lite.tensors == 5291);
  CHECK(lite.parameters == 15'706'484'224);
  CHECK(lite.active / 10'000'000 == 266);
  CHECK(lite.cache * 2 == 31'104);  // bytes a token in bf16
  const auto v2 = deepseek_sizes(parse(test::v2_json()));
  CHECK(v2.parameters == 235'741'434'880);
  CHECK((v2.active + 5'000'000) / 10'000'000 == 2138);
  CHECK(v2.cache * 2 == 69'120);
  const auto v3 = deepseek_sizes(parse(test::v3_json()));
  CHECK(v3.tensors == 91'991);
  // The totals known for V3 count the routers' biases: 256 in each of 58 layers and in the prediction layer.
  CHECK(v3.parameters + 58 * 256 == 671'026'419'200);
  CHECK(v3.predictor + 256 == 11'610'068'224);
  CHECK((v3.active + 5'000'000) / 10'000'000 == 3755);
  CHECK(v3.cache * 2 == 70'272);
}

TEST_CASE("deepseek inventory: names and shapes of V3 as published") {
  std::map<std::string, const PublishedTensor*> at;
  const auto list = deepseek_inventory(parse(test::v3_json()));
  for (const PublishedTensor& t : list) at[t.name] = &t;
  CHECK(at.size() == list.size());  // no name twice
  const std::string l3 = "model.layers.3.", l61 = "model.layers.61.";
  for (const auto& [name, shape] : std::vector<std::pair<std::string, Shape>>{
           {"model.embed_tokens.weight", {129280, 7168}},
           {"model.norm.weight", {7168}},
           {"lm_head.weight", {129280, 7168}},
           {l3 + "input_layernorm.weight", {7168}},
           {l3 + "post_attention_layernorm.weight", {7168}},
           {l3 + "self_attn.q_a_proj.weight", {1536, 7168}},
           {l3 + "self_attn.q_a_proj.weight_scale_inv", {12, 56}},
           {l3 + "self_attn.q_a_layernorm.weight", {1536}},
           {l3 + "self_attn.q_b_proj.weight", {24576, 1536}},
           {l3 + "self_attn.kv_a_proj_with_mqa.weight", {576, 7168}},
           {l3 + "self_attn.kv_a_proj_with_mqa.weight_scale_inv", {5, 56}},
           {l3 + "self_attn.kv_a_layernorm.weight", {512}},
           {l3 + "self_attn.kv_b_proj.weight", {32768, 512}},
           {l3 + "self_attn.o_proj.weight", {7168, 16384}},
           {"model.layers.2.mlp.gate_proj.weight", {18432, 7168}},
           {"model.layers.0.mlp.down_proj.weight", {7168, 18432}},
           {l3 + "mlp.gate.weight", {256, 7168}},
           {l3 + "mlp.gate.e_score_correction_bias", {256}},
           {l3 + "mlp.experts.255.up_proj.weight", {2048, 7168}},
           {l3 + "mlp.experts.0.down_proj.weight", {7168, 2048}},
           {l3 + "mlp.experts.0.down_proj.weight_scale_inv", {56, 16}},
           {l3 + "mlp.shared_experts.gate_proj.weight", {2048, 7168}},
           {l61 + "eh_proj.weight", {7168, 14336}},
           {l61 + "enorm.weight", {7168}},
           {l61 + "hnorm.weight", {7168}},
           {l61 + "shared_head.norm.weight", {7168}},
           {l61 + "shared_head.head.weight", {129280, 7168}},
           {l61 + "embed_tokens.weight", {129280, 7168}},
           {l61 + "mlp.experts.17.gate_proj.weight", {2048, 7168}}}) {
    CAPTURE(name);
    REQUIRE(at.count(name));
    CHECK(at[name]->shape == shape);
  }
  // What is not quantized: embeddings, head, norms, gates and eh_proj.
  for (const char* name : {"model.embed_tokens.weight", "lm_head.weight", "model.norm.weight",
                           "model.layers.3.mlp.gate.weight", "model.layers.61.eh_proj.weight"}) {
    CHECK_FALSE(at[name]->quantized);
    CHECK_FALSE(at.count(std::string(name) + "_scale_inv"));
  }
  CHECK_FALSE(at.count("model.layers.62.enorm.weight"));
  CHECK_FALSE(at.count(l3 + "mlp.gate_proj.weight"));
}

TEST_CASE("deepseek inventory: lists what a model holds, in every variant") {
  auto a = test::small_deepseek(), b = a, c = a;
  b.scoring_func = "softmax";
  b.q_lora_rank = 0;
  b.tie_word_embeddings = true;
  b.num_nextn_predict_layers = 0;
  b.n_shared_experts = 0;
  c.first_k_dense_replace = 0;
  c.num_hidden_layers = 4;
  c.moe_layer_freq = 2;
  for (const DeepSeekConfig& config : {a, b, c}) {
    const auto m = DeepSeek<float>::make(config, Key{1});
    std::map<std::string, std::pair<Shape, Kind>> expected;
    walk([&](const Place& p, const auto& t) {
      if (p.role == Role::constant) return;
      const Kind kind = p.role == Role::trained ? Kind::weight : Kind::buffer;
      if (!p.stacked) expected[p.name] = {t.shape(), kind};
      else
        for (std::int64_t e = 0; e < t.shape(0); ++e) expected[p.entry(e)] = {t.select(0, e).shape(), kind};
    }, m);
    std::size_t copies = 0;
    for (const PublishedTensor& t : deepseek_inventory(config)) {
      CAPTURE(t.name);
      copies += t.kind == Kind::copy;
      if (t.kind == Kind::copy) continue;
      REQUIRE(expected.count(t.name));
      CHECK(expected[t.name] == std::pair{t.shape, t.kind});
      expected.erase(t.name);
    }
    CHECK(expected.empty());
    CHECK(copies == (m.mtp ? 2 : 0));
    const DeepSeekSizes sizes = deepseek_sizes(config);
    CHECK(sizes.parameters + sizes.predictor == count_parameters(m));
    CHECK(sizes.active == m.active_parameters());
  }
}

}  // namespace deepseek_inventory_test
