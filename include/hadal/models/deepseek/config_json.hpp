// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>
#include <hadal/core/json.hpp>
#include <hadal/core/json_keys.hpp>
#include <hadal/models/deepseek/config.hpp>

#include <string_view>

namespace hadal {

namespace detail {

/// Rope of a config.json: `rope_theta` and `rope_scaling`, or both in `rope_parameters` as newer writers have it.
struct RopeSettings {
  std::optional<double> theta;
  std::optional<Yarn> yarn;
};

inline RopeSettings read_rope(const Json& json, const std::string& key, std::vector<std::string>& unknown) {
  JsonKeys in(json, key);
  RopeSettings out{in.get<double>("rope_theta"), {}};
  const auto type = in.get<std::string>("type"), rope_type = in.get<std::string>("rope_type");
  HADAL_CHECK(!type || !rope_type || *type == *rope_type, ConfigError, "json: ", key, ".type \"", *type, "\" and ", key,
              ".rope_type \"", *rope_type, "\" contradict each other");
  const std::string kind = type.value_or(rope_type.value_or("default"));
  HADAL_CHECK(kind == "yarn" || kind == "default", ConfigError, "json: ", key,
              ".type must be \"yarn\" or \"default\", got \"", kind, "\"");
  in.only("partial_rotary_factor", 1.0);
  if (kind == "yarn") {
    Yarn y;
    y.factor = in.need<double>("factor");
    y.original_length = in.need<std::int64_t>("original_max_position_embeddings");
    y.beta_fast = in.get<double>("beta_fast").value_or(y.beta_fast);
    y.beta_slow = in.get<double>("beta_slow").value_or(y.beta_slow);
    y.mscale = in.get<double>("mscale").value_or(y.mscale);
    y.mscale_all_dim = in.get<double>("mscale_all_dim").value_or(y.mscale_all_dim);
    in.only("truncate", true);
    const Json* attention_factor = in.find("attention_factor");
    HADAL_CHECK(!attention_factor, ConfigError, "json: ", key, ".attention_factor must follow from mscale, got ",
                attention_factor->dump());
    out.yarn = y;
  }
  in.add_unknown(unknown);
  return out;
}

inline void read_rope(JsonKeys& in, DeepSeekConfig& c, std::vector<std::string>& unknown) {
  const Json *scaling = in.find("rope_scaling"), *parameters = in.find("rope_parameters");
  RopeSettings outer{in.get<double>("rope_theta"), {}}, inner;
  if (scaling) outer.yarn = read_rope(*scaling, "rope_scaling", unknown).yarn;
  if (parameters) inner = read_rope(*parameters, "rope_parameters", unknown);
  HADAL_CHECK(!outer.theta || !inner.theta || *outer.theta == *inner.theta, ConfigError, "json: rope_theta ",
              outer.theta.value_or(0), " and rope_parameters.rope_theta ", inner.theta.value_or(0),
              " contradict each other");
  HADAL_CHECK(!scaling || !parameters || outer.yarn == inner.yarn, ConfigError,
              "json: rope_scaling and rope_parameters contradict each other: ", scaling->dump(), " and ",
              parameters->dump());
  HADAL_CHECK(outer.theta || inner.theta, ConfigError, "json: rope_theta is missing");
  c.rope_theta = outer.theta.value_or(inner.theta.value_or(0));
  c.rope_scaling = scaling ? outer.yarn : inner.yarn;
}

inline Fp8Quantization read_quantization(const Json& json, std::vector<std::string>& unknown) {
  JsonKeys in(json, "quantization_config");
  in.only<std::string>("quant_method", "fp8");
  in.only<std::string>("fmt", "e4m3");
  in.only<std::string>("activation_scheme", "dynamic");
  in.ignore({"modules_to_not_convert", "ignored_layers"});  // a tensor without scales is not quantized
  Fp8Quantization q;
  if (const Json* block = in.find("weight_block_size")) {
    HADAL_CHECK(block->is_array() && block->get<Json::Array>().size() == 2, ConfigError,
                "json: quantization_config.weight_block_size must be two sizes, got ", block->dump());
    for (std::size_t i = 0; i < 2; ++i) {
      q.weight_block_size[i] = block->get<std::int32_t>(i);
      HADAL_CHECK(q.weight_block_size[i] > 0, ConfigError,
                  "json: quantization_config.weight_block_size must be positive, got ", block->dump());
    }
  }
  q.scale_fmt = in.get<std::string>("scale_fmt").value_or("");
  HADAL_CHECK(q.scale_fmt.empty() || q.scale_fmt == "ue8m0", ConfigError,
              "json: quantization_config.scale_fmt must be \"ue8m0\", got \"", q.scale_fmt, "\"");
  in.add_unknown(unknown);
  return q;
}

/// The sizes, the router and its family.
inline void read_sizes(JsonKeys& in, DeepSeekConfig& c) {
  using Int = std::int64_t;
  const std::string type = in.need<std::string>("model_type");
  HADAL_CHECK(type == "deepseek_v2" || type == "deepseek_v3", ConfigError,
              "json: model_type must be \"deepseek_v2\" or \"deepseek_v3\", got \"", type, "\"");
  const bool v2 = type == "deepseek_v2";
  c.vocab_size = in.need<Int>("vocab_size");
  c.hidden_size = in.need<Int>("hidden_size");
  c.num_hidden_layers = in.need<Int>("num_hidden_layers");
  c.num_attention_heads = in.need<Int>("num_attention_heads");
  in.only("num_key_value_heads", c.num_attention_heads);
  c.q_lora_rank = in.get<Int>("q_lora_rank").value_or(0);
  c.kv_lora_rank = in.need<Int>("kv_lora_rank");
  c.qk_nope_head_dim = in.need<Int>("qk_nope_head_dim");
  c.qk_rope_head_dim = in.need<Int>("qk_rope_head_dim");
  c.v_head_dim = in.need<Int>("v_head_dim");
  in.only("qk_head_dim", c.qk_nope_head_dim + c.qk_rope_head_dim);
  in.only("head_dim", c.qk_rope_head_dim);
  c.intermediate_size = in.get<Int>("intermediate_size").value_or(0);
  c.moe_intermediate_size = in.get<Int>("moe_intermediate_size").value_or(0);
  c.max_position_embeddings = in.need<Int>("max_position_embeddings");
  c.num_nextn_predict_layers = in.get<Int>("num_nextn_predict_layers").value_or(0);
  c.moe_layer_freq = in.get<Int>("moe_layer_freq").value_or(1);
  c.n_routed_experts = in.get<Int>("n_routed_experts").value_or(0);
  c.scoring_func = in.get<std::string>("scoring_func").value_or(v2 ? "softmax" : "sigmoid");
  const std::string method = in.get<std::string>("topk_method").value_or(v2 ? "greedy" : "noaux_tc");
  HADAL_CHECK(c.scoring_func == (v2 ? "softmax" : "sigmoid"), ConfigError, "json: scoring_func \"", c.scoring_func,
              "\" contradicts model_type \"", type, "\"");
  HADAL_CHECK(v2 ? method == "greedy" || method == "group_limited_greedy" : method == "noaux_tc", ConfigError,
              "json: topk_method \"", method, "\" contradicts model_type \"", type, "\"");
  c.n_group = in.get<Int>("n_group").value_or(1);
  c.topk_group = in.get<Int>("topk_group").value_or(1);
  HADAL_CHECK(method != "greedy" || c.n_group == c.topk_group, ConfigError,
              "json: topk_method \"greedy\" contradicts n_group ", c.n_group, " and topk_group ", c.topk_group);
  if (c.n_routed_experts == 0) {
    in.ignore({"n_shared_experts", "num_experts_per_tok", "first_k_dense_replace", "routed_scaling_factor",
               "norm_topk_prob"});
    return;
  }
  c.n_shared_experts = in.get<Int>("n_shared_experts").value_or(0);
  c.num_experts_per_tok = in.need<Int>("num_experts_per_tok");
  c.first_k_dense_replace = in.need<Int>("first_k_dense_replace");
  c.routed_scaling_factor = in.need<double>("routed_scaling_factor");
  c.norm_topk_prob = in.need<bool>("norm_topk_prob");
}

}  // namespace detail

/// The configuration that a config.json of model_type deepseek_v2 or deepseek_v3 describes. Keys that are not
/// understood are appended to `unknown`, once each. `name` (a path, say) opens the messages.
/// Throws FileError for text that is no JSON, ConfigError naming the key and its value when it is missing, unsupported,
/// or contradicts another.
inline DeepSeekConfig parse_deepseek_config(std::string_view text, std::string_view name,
                                            std::vector<std::string>* unknown = nullptr) {
  const Json json = Json::parse(text, name);
  DeepSeekConfig c;
  std::vector<std::string> strange;
  try {
    JsonKeys in(json);
    detail::read_sizes(in, c);
    detail::read_rope(in, c, strange);
    if (const Json* q = in.find("quantization_config")) c.quantization_config = detail::read_quantization(*q, strange);
    c.rms_norm_eps = in.need<double>("rms_norm_eps");
    c.initializer_range = in.get<double>("initializer_range").value_or(c.initializer_range);
    c.aux_loss_alpha = in.get<double>("aux_loss_alpha").value_or(0);
    c.seq_aux = in.get<bool>("seq_aux").value_or(true);
    c.tie_word_embeddings = in.get<bool>("tie_word_embeddings").value_or(false);
    c.bos_token_id = in.get<std::int64_t>("bos_token_id");
    if (const Json* eos = in.find("eos_token_id")) {
      if (!eos->is_array()) c.eos_token_id.push_back(in.need<std::int64_t>("eos_token_id"));
      else
        for (const Json& id : eos->get<Json::Array>()) c.eos_token_id.push_back(id.get<std::int64_t>());
    }
    const auto dtype = in.get<std::string>("dtype"), torch_dtype = in.get<std::string>("torch_dtype");
    c.torch_dtype = torch_dtype.value_or(dtype.value_or(c.torch_dtype));
    in.only<std::string>("hidden_act", "silu");
    in.only("attention_bias", false);
    in.only("mlp_bias", false);
    in.only("attention_dropout", 0.0);
    in.only("rope_interleave", true);
    in.ignore({"_name_or_path", "architectures", "auto_map", "ep_size", "output_router_logits", "pad_token_id",
               "pretraining_tp", "transformers_version", "use_cache"});
    in.add_unknown(strange);
    c.check();
  } catch (const ConfigError& e) {
    fail<ConfigError>(name, ": ", e.what());
  }
  if (unknown) unknown->insert(unknown->end(), strange.begin(), strange.end());
  return c;
}
inline DeepSeekConfig read_deepseek_config(const std::string& path, std::vector<std::string>* unknown = nullptr) {
  return parse_deepseek_config(read_file(path), path, unknown);
}

/// The configuration as published ones are written, with the keys that they all have.
inline Json deepseek_config_json(const DeepSeekConfig& c) {
  const auto or_null = [](std::int64_t v) { return v > 0 ? Json(v) : Json(nullptr); };
  Json j;
  j["architectures"].push_back(c.is_v2() ? "DeepseekV2ForCausalLM" : "DeepseekV3ForCausalLM");
  j["model_type"] = c.is_v2() ? "deepseek_v2" : "deepseek_v3";
  j["attention_bias"] = false;
  j["attention_dropout"] = 0.0;
  j["aux_loss_alpha"] = c.aux_loss_alpha;
  if (c.bos_token_id) j["bos_token_id"] = *c.bos_token_id;
  if (c.eos_token_id.size() == 1) j["eos_token_id"] = c.eos_token_id[0];
  else if (!c.eos_token_id.empty()) j["eos_token_id"] = Json::Array(c.eos_token_id.begin(), c.eos_token_id.end());
  j["first_k_dense_replace"] = c.first_k_dense_replace;
  j["hidden_act"] = "silu";
  j["hidden_size"] = c.hidden_size;
  j["initializer_range"] = c.initializer_range;
  j["intermediate_size"] = c.intermediate_size;
  j["kv_lora_rank"] = c.kv_lora_rank;
  j["max_position_embeddings"] = c.max_position_embeddings;
  j["moe_intermediate_size"] = c.moe_intermediate_size;
  j["moe_layer_freq"] = c.moe_layer_freq;
  j["n_group"] = c.n_group;
  j["n_routed_experts"] = or_null(c.n_routed_experts);
  j["n_shared_experts"] = or_null(c.n_shared_experts);
  j["norm_topk_prob"] = c.norm_topk_prob;
  j["num_attention_heads"] = c.num_attention_heads;
  j["num_experts_per_tok"] = or_null(c.num_experts_per_tok);
  j["num_hidden_layers"] = c.num_hidden_layers;
  j["num_key_value_heads"] = c.num_attention_heads;
  if (!c.is_v2() || c.num_nextn_predict_layers > 0) j["num_nextn_predict_layers"] = c.num_nextn_predict_layers;
  j["q_lora_rank"] = or_null(c.q_lora_rank);
  j["qk_nope_head_dim"] = c.qk_nope_head_dim;
  j["qk_rope_head_dim"] = c.qk_rope_head_dim;
  if (const auto& q = c.quantization_config) {
    Json& out = j["quantization_config"];
    out["activation_scheme"] = "dynamic";
    out["fmt"] = "e4m3";
    out["quant_method"] = "fp8";
    if (!q->scale_fmt.empty()) out["scale_fmt"] = q->scale_fmt;
    out["weight_block_size"] = Json::Array(q->weight_block_size.begin(), q->weight_block_size.end());
  }
  j["rms_norm_eps"] = c.rms_norm_eps;
  j["rope_scaling"] = nullptr;
  if (const auto& y = c.rope_scaling) {
    j["rope_scaling"] = Json::Object{{"beta_fast", y->beta_fast}, {"beta_slow", y->beta_slow}, {"factor", y->factor},
                                     {"mscale", y->mscale}, {"mscale_all_dim", y->mscale_all_dim},
                                     {"original_max_position_embeddings", y->original_length}, {"type", "yarn"}};
  }
  j["rope_theta"] = c.rope_theta;
  j["routed_scaling_factor"] = c.routed_scaling_factor;
  j["scoring_func"] = c.scoring_func;
  j["seq_aux"] = c.seq_aux;
  j["tie_word_embeddings"] = c.tie_word_embeddings;
  j["topk_group"] = c.topk_group;
  j["topk_method"] = !c.is_v2() ? "noaux_tc" : c.n_group == c.topk_group ? "greedy" : "group_limited_greedy";
  j["torch_dtype"] = c.torch_dtype;
  j["use_cache"] = true;
  j["v_head_dim"] = c.v_head_dim;
  j["vocab_size"] = c.vocab_size;
  return j;
}
/// Writes it as a file, all or nothing. Throws ConfigError for a configuration that `check` refuses, FileError naming
/// the path.
inline void write_deepseek_config(const std::string& path, const DeepSeekConfig& c) {
  c.check();
  write_file(path, deepseek_config_json(c).dump(2) + "\n");
}

}  // namespace hadal
