// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/models/deepseek/config.hpp>

#include <string>
#include <vector>

namespace hadal {

/// A tensor of a published checkpoint. What it is decides how it is counted and stored.
struct PublishedTensor {
  enum class Kind {
    weight,  // trained
    buffer,  // saved, not trained: the router's bias, float
    scale,   // of the quantized weight of the same name: one float for each block
    copy     // the prediction layer's own embedding and head, the same as the main model's
  };
  std::string name;
  Shape shape;
  Kind kind = Kind::weight;
  bool expert = false;     // of a routed expert
  bool predictor = false;  // of the prediction layer
  bool quantized = false;  // stored in FP8 where the checkpoint is
};

namespace detail {

/// Writes down the tensors of a checkpoint.
struct InventoryWriter {
  using Kind = PublishedTensor::Kind;
  const DeepSeekConfig& c;
  std::vector<PublishedTensor> list = {};
  bool predictor = false;

  void add(const std::string& name, const Shape& shape, Kind kind = Kind::weight, bool expert = false) {
    list.push_back({name, shape, kind, expert, predictor, false});
  }
  void matrix(const std::string& name, std::int64_t out, std::int64_t in, bool expert = false) {
    add(name, {out, in}, Kind::weight, expert);
    if (!c.quantization_config) return;
    const auto& block = c.quantization_config->weight_block_size;
    const auto blocks = [&](std::int64_t n, std::size_t axis) { return (n + block[axis] - 1) / block[axis]; };
    list.back().quantized = true;
    add(name + "_scale_inv", {blocks(out, 0), blocks(in, 1)}, Kind::scale, expert);
  }
  void feed_forward(const std::string& path, std::int64_t F, bool expert = false) {
    matrix(path + "gate_proj.weight", F, c.hidden_size, expert);
    matrix(path + "up_proj.weight", F, c.hidden_size, expert);
    matrix(path + "down_proj.weight", c.hidden_size, F, expert);
  }
  void attention(const std::string& path) {
    const std::int64_t H = c.num_attention_heads, C = c.hidden_size, R = c.kv_lora_rank;
    const std::int64_t queries = H * (c.qk_nope_head_dim + c.qk_rope_head_dim);
    if (c.q_lora_rank > 0) {
      matrix(path + "q_a_proj.weight", c.q_lora_rank, C);
      add(path + "q_a_layernorm.weight", {c.q_lora_rank});
      matrix(path + "q_b_proj.weight", queries, c.q_lora_rank);
    } else {
      matrix(path + "q_proj.weight", queries, C);
    }
    matrix(path + "kv_a_proj_with_mqa.weight", R + c.qk_rope_head_dim, C);
    add(path + "kv_a_layernorm.weight", {R});
    matrix(path + "kv_b_proj.weight", H * (c.qk_nope_head_dim + c.v_head_dim), R);
    matrix(path + "o_proj.weight", C, H * c.v_head_dim);
  }
  void layer(std::int64_t i) {
    const std::string path = "model.layers." + std::to_string(i) + ".", mlp = path + "mlp.";
    add(path + "input_layernorm.weight", {c.hidden_size});
    attention(path + "self_attn.");
    add(path + "post_attention_layernorm.weight", {c.hidden_size});
    if (!c.is_moe_layer(i)) return feed_forward(mlp, c.intermediate_size);
    add(mlp + "gate.weight", {c.n_routed_experts, c.hidden_size});
    if (!c.is_v2()) add(mlp + "gate.e_score_correction_bias", {c.n_routed_experts}, Kind::buffer);
    for (std::int64_t e = 0; e < c.n_routed_experts; ++e)
      feed_forward(mlp + "experts." + std::to_string(e) + ".", c.moe_intermediate_size, true);
    if (c.n_shared_experts > 0) feed_forward(mlp + "shared_experts.", c.n_shared_experts * c.moe_intermediate_size);
  }
};

}  // namespace detail

/// All tensors of a checkpoint with their names and shapes as published: of the main model, then of the prediction
/// layer; behind each quantized weight its scales, where the configuration says that there are any.
inline std::vector<PublishedTensor> deepseek_inventory(const DeepSeekConfig& c) {
  c.check();
  detail::InventoryWriter out{c};
  const Shape table{c.vocab_size, c.hidden_size}, norm{c.hidden_size};
  out.add("model.embed_tokens.weight", table);
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i) out.layer(i);
  out.add("model.norm.weight", norm);
  if (!c.tie_word_embeddings) out.add("lm_head.weight", table);
  if (c.num_nextn_predict_layers > 0) {
    const std::string path = "model.layers." + std::to_string(c.num_hidden_layers) + ".";
    out.predictor = true;
    out.add(path + "enorm.weight", norm);
    out.add(path + "hnorm.weight", norm);
    out.add(path + "eh_proj.weight", {c.hidden_size, 2 * c.hidden_size});
    out.layer(c.num_hidden_layers);
    out.add(path + "shared_head.norm.weight", norm);
    out.add(path + "embed_tokens.weight", table, PublishedTensor::Kind::copy);
    out.add(path + "shared_head.head.weight", table, PublishedTensor::Kind::copy);
  }
  return std::move(out.list);
}

/// How large a model is, from its configuration alone.
struct DeepSeekSizes {
  std::int64_t tensors = 0;     // of a checkpoint
  std::int64_t parameters = 0;  // of the main model
  std::int64_t predictor = 0;   // of the prediction layer, without its copies
  std::int64_t active = 0;      // of the main model, those that work for one token: of the experts the chosen ones
  std::int64_t cache = 0;       // numbers kept for one token: latent and rope key of each layer
};
inline DeepSeekSizes deepseek_sizes(const DeepSeekConfig& c) {
  DeepSeekSizes n;
  std::int64_t experts = 0;
  for (const PublishedTensor& t : deepseek_inventory(c)) {
    ++n.tensors;
    if (t.kind != PublishedTensor::Kind::weight) continue;
    (t.predictor ? n.predictor : n.parameters) += t.shape.size();
    if (t.expert && !t.predictor) experts += t.shape.size();
  }
  n.active = n.parameters - experts;
  if (experts > 0) n.active += experts / c.n_routed_experts * c.num_experts_per_tok;
  n.cache = c.num_hidden_layers * (c.kv_lora_rank + c.qk_rope_head_dim);
  return n;
}

}  // namespace hadal
