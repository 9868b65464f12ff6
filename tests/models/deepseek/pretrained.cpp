// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/models/deepseek/pretrained.hpp>

#include <hadal/models/deepseek/inventory.hpp>

#include <doctest/doctest.h>

#include "io/scratch.hpp"
#include "support/published_configs.hpp"
#include "support/small_deepseek.hpp"

namespace pretrained_test {
using namespace hadal;

using Model = DeepSeek<bf16>;

bool same(const Model& a, const Model& b) {
  bool all = true;
  walk([&](const Place&, const auto& x, const auto& y) {
    const auto dense = x.contiguous(), other = y.contiguous();
    all = all && dense.shape() == other.shape() && std::memcmp(dense.data(), other.data(), dense.bytes()) == 0;
  }, a, b);
  return all;
}
/// Writes a model's folder, after a change to the list of tensors.
template <class F>
void write(const std::string& folder, const Model& m, const F& change) {
  save_pretrained(folder, m);
  auto list = published_weights(m);
  change(list);
  write_weights(folder, std::move(list), 1 << 20);
}
OutgoingTensor renamed(const std::vector<OutgoingTensor>& list, const std::string& from, const std::string& to) {
  OutgoingTensor t = *std::find_if(list.begin(), list.end(), [&](const auto& o) { return o.name == from; });
  t.name = to;
  return t;
}

TEST_CASE("pretrained: saved in shards and loaded, every tensor has the same bytes, and the files too") {
  const ScratchFolder folder;
  const Model m = Model::make(test::small_deepseek(), Key{1});
  save_pretrained(folder / "a", m, {.max_shard_bytes = 500, .fp8 = false});
  CHECK(std::filesystem::exists(folder / "a/model.safetensors.index.json"));
  const Model back = load_pretrained<bf16>(folder / "a");
  CHECK(same(back, m));
  CHECK(deepseek_config_json(back.config) == deepseek_config_json(m.config));
  CHECK(same(
      load_pretrained<bf16>(folder / "a", {.mtp = MtpLayer::required, .in_place = false, .compare_copies = false}), m));
  save_pretrained(folder / "b", back, {.max_shard_bytes = 500, .fp8 = false});
  for (const auto& e : std::filesystem::directory_iterator(folder / "a"))
    CHECK(read_file(e.path().string()) == read_file(folder / "b/" + e.path().filename().string()));
  const Weights weights(folder / "a");
  const auto &copy = weights.at("model.layers.2.embed_tokens.weight"), &main = weights.at("model.embed_tokens.weight");
  CHECK(std::memcmp(copy.bytes.data(), main.bytes.data(), main.bytes.size()) == 0);
  CHECK(weights.find("model.layers.2.shared_head.head.weight"));
  // A float model of the same files computes with their values.
  const auto wide = load_pretrained<float>(folder / "a");
  CHECK(wide.norm.weight.at({0}) == m.norm.weight.at({0}));
}

TEST_CASE("pretrained: FP8 projections and their scales, read back within half a step") {
  const ScratchFolder folder;
  const Model m = Model::make(test::small_deepseek(), Key{1});
  save_pretrained(folder.path, m, {.max_shard_bytes = 1 << 20, .fp8 = true});
  const Weights weights(folder.path);
  for (const char* name : {"model.layers.1.self_attn.kv_a_proj_with_mqa", "model.layers.1.mlp.experts.0.down_proj",
                           "model.layers.0.mlp.up_proj", "model.layers.1.mlp.shared_experts.gate_proj"}) {
    CHECK(weights.at(std::string(name) + ".weight").type == "F8_E4M3");
    CHECK(weights.at(std::string(name) + ".weight_scale_inv").type == "F32");
  }
  for (const char* name : {"model.embed_tokens", "lm_head", "model.layers.1.mlp.gate", "model.layers.2.eh_proj",
                           "model.layers.1.self_attn.q_a_layernorm"})
    CHECK(weights.at(std::string(name) + ".weight").type == "BF16");
  const Model back = load_pretrained<bf16>(folder.path);
  CHECK(back.config.quantization_config == Fp8Quantization{});
  walk([](const Place& place, const auto& x, const auto& y) {
    if (place.role == Role::constant) return;
    const auto a = x.to_vector(), b = y.to_vector();
    float largest = 0, worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      largest = std::max(largest, std::abs(static_cast<float>(a[i])));
      worst = std::max(worst, std::abs(static_cast<float>(a[i]) - static_cast<float>(b[i])));
    }
    CHECK((worst > 0) == detail::is_published_in_fp8(place.name));
    CHECK(worst <= largest / 28 + largest / 256);  // 448 has a step of 32; and rounding to bf16
  }, m, back);
  save_pretrained(folder / "bf16", back);
  CHECK(same(load_pretrained<bf16>(folder / "bf16"), back));
  CHECK(!load_pretrained<bf16>(folder / "bf16").config.quantization_config);
  save_pretrained(folder / "fp8", back, {.max_shard_bytes = 1 << 20, .fp8 = true});
  CHECK(same(load_pretrained<bf16>(folder / "fp8"), back));  // quantized again, nothing is lost
}

TEST_CASE("pretrained: the files decide about the multi-token prediction layer, or the caller") {
  const ScratchFolder folder;
  const std::string f = folder.path;
  const Model m = Model::make(test::small_deepseek(), Key{1});
  const auto in_layer = [](const auto& o) { return o.name.starts_with("model.layers.2."); };
  // As other libraries save it: dropped from the files, not from the configuration.
  write(f, m, [&](auto& list) { std::erase_if(list, in_layer); });
  const Model without = load_pretrained<bf16>(f);
  CHECK(!without.mtp);
  CHECK(without.config.num_nextn_predict_layers == 0);
  CHECK(error_of<FileError>([&] { load_pretrained<bf16>(f, {.mtp = MtpLayer::required}); }) ==
        f + ": the multi-token prediction layer 'model.layers.2.*' is missing, num_nextn_predict_layers is 1");
  save_pretrained(folder / "again", without);
  CHECK(!load_pretrained<bf16>(folder / "again").mtp);
  // Half of it is an error.
  write(f, m,
        [](auto& list) { std::erase_if(list, [](const auto& o) { return o.name == "model.layers.2.hnorm.weight"; }); });
  CHECK(error_of<FileError>([&] { load_pretrained<bf16>(f); }) ==
        f + ": tensor 'model.layers.2.hnorm.weight' is missing");
  // Present against the configuration: loaded all the same, or left alone.
  save_pretrained(f, m);
  DeepSeekConfig c = m.config;
  c.num_nextn_predict_layers = 0;
  write_deepseek_config(f + "/config.json", c);
  CHECK(same(load_pretrained<bf16>(f), m));
  CHECK(same(load_pretrained<bf16>(f, {.mtp = MtpLayer::ignored}), without));
}

TEST_CASE("pretrained: copies must be copies; old rope frequencies are left alone; strangers are not") {
  const ScratchFolder folder;
  const std::string f = folder.path, copy = "model.layers.2.shared_head.head.weight";
  const Model m = Model::make(test::small_deepseek(), Key{1});
  write(f, m, [&](auto& list) {
    const auto wrong = renamed(list, "model.embed_tokens.weight", copy);
    std::erase_if(list, [&](const auto& o) { return o.name == copy; });
    list.push_back(wrong);
  });
  CHECK(error_of<FileError>([&] { load_pretrained<bf16>(f); }) ==
        f + "/model.safetensors: tensor '" + copy + "' must be a copy of 'lm_head.weight', but differs");
  CHECK(same(load_pretrained<bf16>(f, {.compare_copies = false}), m));
  write(f, m, [&](auto& list) {
    std::erase_if(list, [&](const auto& o) { return o.name == copy; });  // need not be there
    list.push_back(renamed(list, "model.norm.weight", "model.layers.0.self_attn.rotary_emb.inv_freq"));
  });
  CHECK(same(load_pretrained<bf16>(f), m));
  write(f, m, [&](auto& list) { list.push_back(renamed(list, "model.norm.weight", "model.norm.bias")); });
  CHECK(error_of<FileError>([&] { load_pretrained<bf16>(f); }) ==
        f + "/model.safetensors: tensor 'model.norm.bias' is not one of the model's");
  CHECK_THROWS_AS(load_pretrained<bf16>(folder / "none"), FileError);

  DeepSeekConfig c = test::small_deepseek();
  c.tie_word_embeddings = true;
  const Model tied = Model::make(c, Key{2});
  save_pretrained(f, tied);
  CHECK(!Weights(f).find("lm_head.weight"));
  CHECK(same(load_pretrained<bf16>(f), tied));
  write(f, tied, [](auto& list) { list.push_back(renamed(list, "model.embed_tokens.weight", "lm_head.weight")); });
  CHECK(same(load_pretrained<bf16>(f), tied));
}

/// The headers of a published checkpoint, without any data.
std::vector<StoredTensor> headers(const DeepSeekConfig& c) {
  std::vector<StoredTensor> list;
  for (const PublishedTensor& t : deepseek_inventory(c)) {
    const bool wide = t.kind == PublishedTensor::Kind::scale || t.kind == PublishedTensor::Kind::buffer;
    const std::string type = t.quantized ? "F8_E4M3" : wide ? "F32" : "BF16";
    list.push_back(
        {t.name, type, t.quantized ? std::nullopt : std::optional(wide ? DType::f32 : DType::bf16), t.shape, {}, {}});
  }
  return list;
}

TEST_CASE("pretrained: the tensors of V2-Lite and V3 are all accepted and all written, and no others") {
  for (const std::string& json : {test::v2_lite_json(), test::v3_json()}) {
    DeepSeekConfig c = parse_deepseek_config(json, "config.json");
    auto list = headers(c);
    c.max_position_embeddings = 8;  // the one table that is computed
    const auto model = hollow([&] { return Model::make(c, Key{}); });  // 1.3 TB, were it not hollow
    const LoadOptions options = deepseek_load_options(c);
    const auto error = [&] {
      return error_of<FileError>([&] { check_model(StoredTensors("f", list), model, options); });
    };
    CHECK(error() == "no error");
    const StoredTensors published("f", list);
    std::set<std::string> names;
    for (const OutgoingTensor& o : published_weights(model, c.quantization_config.has_value())) {
      const StoredTensor* e = published.find(o.name);
      if (!e || e->shape != o.shape || e->type != o.type) FAIL_CHECK(o.name << " is not published so");
      names.insert(o.name);
    }
    CHECK(names.size() == list.size());
    const auto down = std::find_if(list.begin(), list.end(), [](const auto& e) {
      return e.name == "model.layers.26.mlp.experts.63.down_proj.weight";
    });
    REQUIRE(down != list.end());
    std::swap(down->shape[0], down->shape[1]);
    CHECK(error().starts_with("f: tensor '" + down->name + "' must be "));
    std::swap(down->shape[0], down->shape[1]);
    down->name = "x";
    CHECK(error() == "f: tensor 'model.layers.26.mlp.experts.63.down_proj.weight' is missing");
  }
}

}  // namespace pretrained_test
