// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Names, types and shapes of all tensors of the published models, without any of their data: what a model of their
// config.json would write, and what it accepts.

#include <hadal/models/deepseek/pretrained.hpp>

#include <doctest/doctest.h>

#include "io/scratch.hpp"
#include "support/published_configs.hpp"

namespace inventory_test {
using namespace hadal;

struct Inventory {
  bool fp8 = false;
  std::vector<StoredTensor> list = {};

  void add(const std::string& name, const Shape& shape, const char* type = "BF16") {
    const auto known = std::find_if(std::begin(detail::safetensors_types), std::end(detail::safetensors_types),
                                    [&](const auto& t) { return t.name == std::string_view(type); });
    list.push_back({name, type, known->dtype, shape, {}, {}});
  }
  /// A projection, which V3 publishes in FP8 with the scales of blocks of 128 x 128.
  void projection(const std::string& name, std::int64_t out, std::int64_t in) {
    add(name + ".weight", {out, in}, fp8 ? "F8_E4M3" : "BF16");
    if (fp8) add(name + ".weight_scale_inv", {(out + 127) / 128, (in + 127) / 128}, "F32");
  }
  void feed_forward(const std::string& name, std::int64_t F, std::int64_t C) {
    projection(name + ".gate_proj", F, C);
    projection(name + ".up_proj", F, C);
    projection(name + ".down_proj", C, F);
  }
  void norm(const std::string& name, std::int64_t n) { add(name + ".weight", {n}); }
};

Inventory v2_lite() {
  Inventory i;
  i.add("model.embed_tokens.weight", {102400, 2048});
  i.norm("model.norm", 2048);
  i.add("lm_head.weight", {102400, 2048});
  for (int l = 0; l < 27; ++l) {
    const std::string p = join("model.layers.", l, ".");
    i.norm(p + "input_layernorm", 2048);
    i.norm(p + "post_attention_layernorm", 2048);
    i.projection(p + "self_attn.q_proj", 3072, 2048);
    i.projection(p + "self_attn.kv_a_proj_with_mqa", 576, 2048);
    i.norm(p + "self_attn.kv_a_layernorm", 512);
    i.projection(p + "self_attn.kv_b_proj", 4096, 512);
    i.projection(p + "self_attn.o_proj", 2048, 2048);
    if (l == 0) {
      i.feed_forward(p + "mlp", 10944, 2048);
      continue;
    }
    i.add(p + "mlp.gate.weight", {64, 2048});
    for (int e = 0; e < 64; ++e) i.feed_forward(join(p, "mlp.experts.", e), 1408, 2048);
    i.feed_forward(p + "mlp.shared_experts", 2816, 2048);
  }
  return i;
}

Inventory v3() {
  Inventory i{true};
  i.add("model.embed_tokens.weight", {129280, 7168});
  i.norm("model.norm", 7168);
  i.add("lm_head.weight", {129280, 7168});
  for (int l = 0; l < 62; ++l) {
    const std::string p = join("model.layers.", l, ".");
    i.norm(p + "input_layernorm", 7168);
    i.norm(p + "post_attention_layernorm", 7168);
    i.projection(p + "self_attn.q_a_proj", 1536, 7168);
    i.norm(p + "self_attn.q_a_layernorm", 1536);
    i.projection(p + "self_attn.q_b_proj", 24576, 1536);
    i.projection(p + "self_attn.kv_a_proj_with_mqa", 576, 7168);
    i.norm(p + "self_attn.kv_a_layernorm", 512);
    i.projection(p + "self_attn.kv_b_proj", 32768, 512);
    i.projection(p + "self_attn.o_proj", 7168, 16384);
    if (l < 3) {
      i.feed_forward(p + "mlp", 18432, 7168);
      continue;
    }
    i.add(p + "mlp.gate.weight", {256, 7168});
    i.add(p + "mlp.gate.e_score_correction_bias", {256}, "F32");
    for (int e = 0; e < 256; ++e) i.feed_forward(join(p, "mlp.experts.", e), 2048, 7168);
    i.feed_forward(p + "mlp.shared_experts", 2048, 7168);
  }
  const std::string p = "model.layers.61.";
  i.add(p + "eh_proj.weight", {7168, 14336});
  i.norm(p + "enorm", 7168);
  i.norm(p + "hnorm", 7168);
  i.norm(p + "shared_head.norm", 7168);
  i.add(p + "shared_head.head.weight", {129280, 7168});
  i.add(p + "embed_tokens.weight", {129280, 7168});
  return i;
}

/// The model of a config.json, without memory.
DeepSeek<bf16> described(const std::string& json) {
  DeepSeekConfig c = parse_deepseek_config(json, "config.json");
  c.max_position_embeddings = 8;  // the one table that is computed
  return hollow([&] { return DeepSeek<bf16>::make(c, Key{}); });
}

void check_written(const DeepSeek<bf16>& model, const Inventory& inventory) {
  const StoredTensors published("published", inventory.list);
  std::set<std::string> names;
  for (const OutgoingTensor& o : published_weights(model, inventory.fp8)) {
    const StoredTensor* e = published.find(o.name);
    if (!e || e->shape != o.shape || e->type != o.type) FAIL_CHECK(o.name << " is not published so");
    names.insert(o.name);
  }
  CHECK(names.size() == inventory.list.size());
}

TEST_CASE("inventory: the 5,291 tensors of V2-Lite") {
  const auto model = described(test::v2_lite_json());
  Inventory all = v2_lite();
  CHECK(all.list.size() == 5291);
  CHECK(count_parameters(model) == 15'706'484'224);
  check_written(model, all);
  const LoadOptions options = deepseek_load_options(model.config);
  check_model(StoredTensors("f", all.list), model, options);
  all.add("model.layers.27.enorm.weight", {2048});
  CHECK(error_of<FileError>([&] { check_model(StoredTensors("f", all.list), model, options); }) ==
        "f: tensor 'model.layers.27.enorm.weight' is not one of the model's");
}

TEST_CASE("inventory: the 91,991 tensors of V3") {
  const auto model = described(test::v3_json());
  Inventory all = v3();
  CHECK(all.list.size() == 91991);
  std::int64_t parameters = 0;  // as published counts have it, the router's biases included
  for (const NamedTensor& t : state_dict(model)) parameters += t.tensor.size();
  CHECK(parameters == 671'026'419'200 + 11'610'068'224);
  check_written(model, all);
  const LoadOptions options = deepseek_load_options(model.config);
  check_model(StoredTensors("f", all.list), model, options);
  const auto error = [&](std::size_t i, const auto& change) {
    const StoredTensor before = all.list[i];
    change(all.list[i]);
    const std::string text = error_of<FileError>([&] { check_model(StoredTensors("f", all.list), model, options); });
    all.list[i] = before;
    return text;
  };
  const auto at = [&](const std::string& name) {
    const auto found = std::find_if(all.list.begin(), all.list.end(), [&](const auto& e) { return e.name == name; });
    return static_cast<std::size_t>(found - all.list.begin());
  };
  const std::string down = "model.layers.61.mlp.experts.255.down_proj.weight";
  CHECK(error(at(down), [](auto& e) { e.shape = {2048, 7168}; }) ==
        "f: tensor '" + down + "' must be (7168, 2048), is (2048, 7168)");
  CHECK(error(at(down), [](auto& e) { e.name = "x"; }) == "f: tensor '" + down + "' is missing");
  const std::string scales = "model.layers.9.self_attn.kv_a_proj_with_mqa.weight_scale_inv";
  CHECK(error(at(scales), [](auto& e) { e.shape = {4, 56}; }).find("must be (5, 56)") != std::string::npos);
}

}  // namespace inventory_test
