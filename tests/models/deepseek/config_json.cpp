// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/models/deepseek/config_json.hpp>

#include <doctest/doctest.h>

#include "io/scratch.hpp"
#include "support/published_configs.hpp"
#include "support/small_deepseek.hpp"

namespace deepseek_config_json_test {
using namespace hadal;

/// The text with one part of it replaced, which must be there once.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(text.find(from, at + 1) == std::string::npos);
  return text.replace(at, from.size(), to);
}
std::string refusal(const std::string& text) {
  return error_of<ConfigError>([&] { parse_deepseek_config(text, "c"); });
}
std::string dump(const DeepSeekConfig& c) { return deepseek_config_json(c).dump(); }

TEST_CASE("deepseek config.json: published ones are read") {
  const DeepSeekConfig lite = parse_deepseek_config(test::v2_lite_json(), "c");
  CHECK(lite.is_v2());
  CHECK(lite.q_lora_rank == 0);
  CHECK(lite.n_shared_experts == 2);
  CHECK_FALSE(lite.norm_topk_prob);
  REQUIRE(lite.rope_scaling);
  CHECK(lite.rope_scaling->mscale_all_dim == 0.707);
  CHECK(lite.num_nextn_predict_layers == 0);
  CHECK(std::abs(lite.attention().softmax_scale - 0.11472139) < 5e-9);

  const DeepSeekConfig v2 = parse_deepseek_config(test::v2_json(), "c");
  CHECK(v2.topk_group == 3);
  CHECK(v2.mixture().routed_scaling_factor == 16);
  CHECK(std::abs(v2.attention().softmax_scale - 0.13523378) < 5e-9);

  const DeepSeekConfig v3 = parse_deepseek_config(test::v3_json(), "c");
  CHECK_FALSE(v3.is_v2());
  CHECK(v3.num_nextn_predict_layers == 1);
  CHECK(v3.first_k_dense_replace == 3);
  CHECK(v3.bos_token_id == 0);
  CHECK(v3.eos_token_id == std::vector<std::int64_t>{1});
  CHECK(v3.rope_scaling->original_length == 4096);
  CHECK(v3.quantization_config == Fp8Quantization{{128, 128}, ""});
  CHECK(std::abs(v3.attention().softmax_scale - 0.13523378) < 5e-9);

  const DeepSeekConfig moon = parse_deepseek_config(test::moonlight_json(), "c");
  CHECK(moon.rms_norm_eps == 1e-5);
  CHECK(moon.rope_theta == 5e4);
  CHECK_FALSE(moon.rope_scaling);
  CHECK(moon.routed_scaling_factor == 2.446);
  CHECK_FALSE(moon.quantization_config);
  CHECK(std::abs(moon.attention().softmax_scale - 0.07216878) < 5e-9);
}

TEST_CASE("deepseek config.json: what is written reads back, all of it understood") {
  ScratchFolder folder;
  DeepSeekConfig small = test::small_deepseek();
  small.eos_token_id = {1, 5};
  small.torch_dtype = "float32";
  small.rope_scaling = Yarn{.factor = 4, .original_length = 8, .mscale = 0.5, .mscale_all_dim = 0.25};
  small.quantization_config = Fp8Quantization{{32, 16}, "ue8m0"};
  small.seq_aux = false;
  DeepSeekConfig dense = test::small_deepseek();
  dense.n_routed_experts = dense.n_shared_experts = dense.num_experts_per_tok = dense.first_k_dense_replace = 0;
  dense.num_nextn_predict_layers = 0;
  dense.tie_word_embeddings = true;
  std::vector<DeepSeekConfig> all{small, dense};
  for (const std::string& text : {test::v2_lite_json(), test::v2_json(), test::v3_json(), test::moonlight_json()})
    all.push_back(parse_deepseek_config(text, "c"));
  for (const DeepSeekConfig& c : all) {
    const std::string path = folder / "config.json";
    write_deepseek_config(path, c);
    std::vector<std::string> unknown;
    CHECK(dump(read_deepseek_config(path, &unknown)) == dump(c));
    CHECK(unknown.empty());
  }
  DeepSeekConfig broken = small;
  broken.kv_lora_rank = 0;
  CHECK_THROWS_AS(write_deepseek_config(folder / "broken.json", broken), ConfigError);
  CHECK_THROWS_AS(read_deepseek_config(folder / "broken.json"), FileError);
}

TEST_CASE("deepseek config.json: unknown keys are reported once") {
  const std::string text = with(with(test::v3_json(), "\"factor\": 40", "\"factor\": 40, \"twist\": 2"),
                                "\"n_group\": 8", "\"n_group\": 8, \"index_topk\": 2048, \"new\": null");
  std::vector<std::string> unknown;
  parse_deepseek_config(text, "c", &unknown);
  CHECK(unknown == std::vector<std::string>{"rope_scaling.twist", "index_topk", "new"});
  CHECK_NOTHROW(parse_deepseek_config(text, "c"));
}

TEST_CASE("deepseek config.json: rope_parameters stand for rope_theta and rope_scaling, or repeat them") {
  const std::string parameters =
      R"("rope_parameters": {"beta_fast": 32, "beta_slow": 1, "factor": 40, "mscale": 1.0, "mscale_all_dim": 1.0,
         "original_max_position_embeddings": 4096, "rope_theta": 10000.0, "rope_type": "yarn", "type": "yarn"}, )";
  const std::string v3 = test::v3_json(), scaling = test::yarn_keys("1.0"), theta = "\"rope_theta\": 10000, ";
  const std::string same = dump(parse_deepseek_config(v3, "c"));
  CHECK(dump(parse_deepseek_config(with(v3, scaling, parameters), "c")) == same);
  CHECK(dump(parse_deepseek_config(with(with(v3, scaling, parameters), theta, ""), "c")) == same);
  CHECK(dump(parse_deepseek_config(with(v3, scaling, scaling + parameters), "c")) == same);
  const std::string plain =
      with(v3, scaling, R"("rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"}, )");
  CHECK_FALSE(parse_deepseek_config(plain, "c").rope_scaling);
  CHECK(refusal(with(with(v3, scaling, parameters), theta, "\"rope_theta\": 50000, ")) ==
        "c: json: rope_theta 50000 and rope_parameters.rope_theta 10000 contradict each other");
  CHECK(refusal(with(v3, scaling, scaling + with(parameters, "\"factor\": 40", "\"factor\": 8")))
            .starts_with("c: json: rope_scaling and rope_parameters contradict each other: {\"beta_fast\": 32"));
  CHECK(refusal(with(v3, theta, "")) == "c: json: rope_theta is missing");
}

TEST_CASE("deepseek config.json: an unsupported or contradictory value is an error that names key and value") {
  const std::string v2 = test::v2_json(), lite = test::v2_lite_json(), v3 = test::v3_json();
  for (const auto& [text, from, to, message] : std::vector<std::array<std::string, 4>>{
           {v3, R"("deepseek_v3")", R"("deepseek_v32")",
            R"(json: model_type must be "deepseek_v2" or "deepseek_v3", got "deepseek_v32")"},
           {v3, R"("model_type": "deepseek_v3", )", "",
            "json: model_type is missing"},
           {v3, R"("hidden_size": 7168, )", "",
            "json: hidden_size is missing"},
           {v3, "7168", R"("7168")",
            R"(json: hidden_size must be an integer of 31 bits, got "7168")"},
           {v3, "7168", "9007199254740993",
            "json: hidden_size must be an integer of 31 bits, got 9007199254740993"},
           {v3, "7168", "-1",
            "deepseek config: hidden_size must be positive, got -1"},
           {v3, R"("q_lora_rank": 1536)", R"("q_lora_rank": -1)",
            "deepseek config: q_lora_rank must not be negative, got -1"},
           {v3, R"("qk_rope_head_dim": 64)", R"("qk_rope_head_dim": 63)",
            "deepseek config: qk_rope_head_dim must be even, got 63"},
           {v3, R"("sigmoid")", R"("softmax")",
            R"(json: scoring_func "softmax" contradicts model_type "deepseek_v3")"},
           {v2, R"("softmax")", R"("sigmoid")",
            R"(json: scoring_func "sigmoid" contradicts model_type "deepseek_v2")"},
           {v2, R"("group_limited_greedy")", R"("noaux_tc")",
            R"(json: topk_method "noaux_tc" contradicts model_type "deepseek_v2")"},
           {v2, R"("group_limited_greedy")", R"("greedy")",
            R"(json: topk_method "greedy" contradicts n_group 8 and topk_group 3)"},
           {v3, R"("noaux_tc")", R"("greedy")",
            R"(json: topk_method "greedy" contradicts model_type "deepseek_v3")"},
           {v3, R"("num_key_value_heads": 128)", R"("num_key_value_heads": 8)",
            "json: num_key_value_heads must be 128, got 8"},
           {v3, R"("n_group")", R"("qk_head_dim": 128, "n_group")",
            "json: qk_head_dim must be 192, got 128"},
           {v3, R"("n_group")", R"("head_dim": 56, "n_group")",
            "json: head_dim must be 64, got 56"},
           {v3, R"("n_group")", R"("rope_interleave": false, "n_group")",
            "json: rope_interleave must be true, got false"},
           {v3, R"("n_group": 8)", R"("n_group": 7)",
            "deepseek config: n_group must divide n_routed_experts 256, got 7"},
           {v3, R"("topk_group": 4)", R"("topk_group": 9)",
            "deepseek config: topk_group must be in 1..8 (n_group), got 9"},
           {v3, R"("num_experts_per_tok": 8)", R"("num_experts_per_tok": 257)",
            "deepseek config: num_experts_per_tok must be in 1..256 (n_routed_experts), got 257"},
           {v3, R"("num_experts_per_tok": 8)", R"("num_experts_per_tok": 130)",
            "deepseek config: topk_group 4 groups of 32 experts must hold num_experts_per_tok 130"},
           {v3, R"("num_nextn_predict_layers": 1)", R"("num_nextn_predict_layers": 2)",
            "deepseek config: num_nextn_predict_layers must be 0 or 1, got 2"},
           {v3, R"("silu")", R"("gelu")",
            R"(json: hidden_act must be "silu", got "gelu")"},
           {v3, R"("attention_bias": false)", R"("attention_bias": true)",
            "json: attention_bias must be false, got true"},
           {v3, R"("attention_dropout": 0.0)", R"("attention_dropout": 0.1)",
            "json: attention_dropout must be 0.0, got 0.1"},
           {v3, R"("rms_norm_eps": 1e-06)", R"("rms_norm_eps": 0)",
            "deepseek config: rms_norm_eps must be positive, got 0"},
           {v3, R"("rope_theta": 10000)", R"("rope_theta": 1)",
            "deepseek config: rope_theta must be above 1, got 1"},
           {v3, R"("type": "yarn")", R"("type": "linear")",
            R"(json: rope_scaling.type must be "yarn" or "default", got "linear")"},
           {v3, R"("type": "yarn")", R"("type": "yarn", "rope_type": "default")",
            R"(json: rope_scaling.type "yarn" and rope_scaling.rope_type "default" contradict each other)"},
           {v3, R"("factor": 40)", R"("factor": 0.5)",
            "deepseek config: rope_scaling.factor must be at least 1, got 0.5"},
           {v3, R"("beta_fast": 32)", R"("beta_fast": 0)",
            "deepseek config: rope_scaling.beta_fast must be positive, got 0"},
           {v3, R"("factor": 40)", R"("factor": 40, "attention_factor": 1.5)",
            "json: rope_scaling.attention_factor must follow from mscale, got 1.5"},
           {v3, R"("factor": 40)", R"("factor": 40, "truncate": false)",
            "json: rope_scaling.truncate must be true, got false"},
           {v3, R"("e4m3")", R"("e5m2")",
            R"(json: quantization_config.fmt must be "e4m3", got "e5m2")"},
           {v3, R"("quant_method": "fp8")", R"("quant_method": "awq")",
            R"(json: quantization_config.quant_method must be "fp8", got "awq")"},
           {v3, R"("dynamic")", R"("static")",
            R"(json: quantization_config.activation_scheme must be "dynamic", got "static")"},
           {v3, "[128, 128]", "[128]",
            "json: quantization_config.weight_block_size must be two sizes, got [128]"},
           {v3, "[128, 128]", "[128, 0]",
            "json: quantization_config.weight_block_size must be positive, got [128, 0]"},
           {v3, R"("e4m3")", R"("e4m3", "scale_fmt": "mx")",
            R"(json: quantization_config.scale_fmt must be "ue8m0", got "mx")"},
           {lite, R"("intermediate_size": 10944,)", "",
            "deepseek config: intermediate_size (for the dense layers) must be positive, got 0"},
           {lite, R"("norm_topk_prob": false,)", "",
            "json: norm_topk_prob is missing"}}) {
    CAPTURE(to);
    CHECK(refusal(with(text, from, to)) == "c: " + message);
  }
  CHECK(refusal("[]") == "c: json: the document must be an object, got an array");
  CHECK_THROWS_AS(parse_deepseek_config("{", "c"), FileError);
}

}  // namespace deepseek_config_json_test
