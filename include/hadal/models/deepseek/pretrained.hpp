// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/io/model_file.hpp>
#include <hadal/io/write_weights.hpp>
#include <hadal/models/deepseek/config_json.hpp>
#include <hadal/models/deepseek/model.hpp>

namespace hadal {

/// What to do about the multi-token prediction layer, which is published as layer num_hidden_layers. Other libraries
/// drop it when they save, and leave num_nextn_predict_layers as it was: so the files decide, not the configuration.
enum class MtpLayer {
  as_found,  ///< loaded where the files hold it; the model's config says whether they did
  required,  ///< an error where they do not
  ignored    ///< left alone
};

struct PretrainedOptions {
  MtpLayer mtp = MtpLayer::as_found;
  /// See LoadOptions.
  bool in_place = true, compare_copies = true;
};

namespace detail {

/// How the names of the multi-token prediction layer begin.
inline std::string mtp_prefix(const DeepSeekConfig& c) { return join("model.layers.", c.num_hidden_layers, "."); }

/// The copies that are published beside the tensors they copy: those of the multi-token prediction layer.
inline std::vector<std::pair<std::string, std::string>> mtp_copies(const DeepSeekConfig& c) {
  const std::string layer = mtp_prefix(c), embedding = "model.embed_tokens.weight";
  return {{layer + "embed_tokens.weight", embedding},
          {layer + "shared_head.head.weight", c.tie_word_embeddings ? embedding : "lm_head.weight"}};
}

inline Fp8Blocks fp8_blocks(const DeepSeekConfig& c) {
  const Fp8Quantization q = c.quantization_config.value_or(Fp8Quantization{});
  return {q.weight_block_size[0], q.weight_block_size[1], q.scale_fmt == "ue8m0"};
}

/// The matrices that DeepSeek-V3 publishes in FP8: all projections but eh_proj.
inline bool is_published_in_fp8(const std::string& name) {
  return name.find("_proj") != std::string::npos && !name.ends_with("eh_proj.weight");
}

}  // namespace detail

/// How the published weights of a model of this configuration are read. Beside the model's tensors there may be the
/// copies of embedding and head in the multi-token prediction layer, and lm_head.weight where it is tied to the
/// embedding; and the rope frequencies of old checkpoints (rotary_emb.inv_freq), which follow from the configuration
/// and are left alone.
inline LoadOptions deepseek_load_options(const DeepSeekConfig& c) {
  LoadOptions o;
  o.blocks = detail::fp8_blocks(c);
  if (c.num_nextn_predict_layers > 0) o.copies = detail::mtp_copies(c);
  if (c.tie_word_embeddings) o.copies.emplace_back("lm_head.weight", "model.embed_tokens.weight");
  o.ignore = [](std::string_view name) { return name.ends_with(".rotary_emb.inv_freq"); };
  return o;
}

/// The model that a folder of published files describes: config.json, and model.safetensors or its index and shards.
/// Tensors stored as T use the mapped files themselves (LoadOptions::in_place); the others are converted, FP8 included.
/// Throws ConfigError naming the key and FileError naming file and tensor.
template <class T = float, class D = Cpu>
DeepSeek<T, D> load_pretrained(const std::string& folder, const PretrainedOptions& options = {}) {
  DeepSeekConfig c = read_deepseek_config(folder + "/config.json");
  const Weights weights(folder);
  const std::string layer = detail::mtp_prefix(c);
  const auto& all = weights.entries();
  const bool found = std::any_of(all.begin(), all.end(), [&](const auto& e) { return e.name.starts_with(layer); });
  HADAL_CHECK(found || options.mtp != MtpLayer::required, FileError, folder, ": the multi-token prediction layer '",
              layer, "*' is missing, num_nextn_predict_layers is ", c.num_nextn_predict_layers);
  c.num_nextn_predict_layers = found && options.mtp != MtpLayer::ignored;

  LoadOptions load = deepseek_load_options(c);
  load.in_place = options.in_place;
  load.compare_copies = options.compare_copies;
  if (options.mtp == MtpLayer::ignored)
    load.ignore = [also = load.ignore, layer](std::string_view name) { return name.starts_with(layer) || also(name); };
  auto model = hollow([&] { return DeepSeek<T, D>::make(c, Key{}); });
  load_model(weights, model, load);
  return model;
}

struct SaveOptions {
  std::size_t max_shard_bytes = 5'000'000'000;
  /// Projections as e4m3 with the scales of blocks, cut as the model's config says (128 x 128 where it does not).
  bool fp8 = false;
};

/// Everything that save_pretrained writes of a model, in its order.
template <class T, class D>
std::vector<OutgoingTensor> published_weights(const DeepSeek<T, D>& model, bool fp8 = false) {
  std::vector<OutgoingTensor> list;
  const auto add = [&](const NamedTensor& t) {
    const bool quantized = fp8 && detail::is_published_in_fp8(t.place.name);
    for (auto& o : quantized ? outgoing_fp8<D>(t, detail::fp8_blocks(model.config)) : outgoing<D>(t))
      list.push_back(std::move(o));
  };
  for (const NamedTensor& t : state_dict(model)) add(t);
  if (model.mtp) {
    const auto copies = detail::mtp_copies(model.config);
    add({{copies[0].first, Role::trained, false, {}, {}}, model.embed_tokens.weight});
    add({{copies[1].first, Role::trained, false, {}, {}}, model.head()});
  }
  return list;
}

/// Writes a model as published: config.json and weights, the multi-token prediction layer with its copies included. All
/// or nothing: see write_weights. Throws FileError naming the path.
template <class T, class D>
void save_pretrained(const std::string& folder, const DeepSeek<T, D>& model, const SaveOptions& options = {}) {
  DeepSeekConfig c = model.config;
  c.num_nextn_predict_layers = model.mtp.has_value();
  if (!options.fp8) c.quantization_config.reset();
  else if (!c.quantization_config) c.quantization_config = Fp8Quantization{};
  constexpr DType t = dtype_of<T>;
  c.torch_dtype = t == DType::bf16 ? "bfloat16" : t == DType::f16 ? "float16" : t == DType::f64 ? "float64" : "float32";
  c.check();
  write_weights(folder, published_weights(model, options.fp8), options.max_shard_bytes, {{"format", "pt"}},
                {{"config.json", deepseek_config_json(c).dump(2) + "\n"}});
}

}  // namespace hadal
