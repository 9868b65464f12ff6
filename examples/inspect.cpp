// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Looks at a published checkpoint without reading its weights: tensors, parameters, cache and memory. Arguments: FOLDER
//
// test: --self-test

#include <hadal/models/deepseek/inventory.hpp>
#include <hadal/models/deepseek/pretrained.hpp>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

using namespace hadal;

namespace {

/// Tensors whose names differ in their numbers alone.
struct Group {
  std::string shape, type;
  std::int64_t count = 0, elements = 0;
  double bytes = 0;
  std::vector<std::set<std::int64_t>> numbers;  // that stand in each place
};

/// The numbers in a name, which become '#'.
std::vector<std::int64_t> take_numbers(std::string& name) {
  std::vector<std::int64_t> numbers;
  std::string out;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
    const bool whole =
        end > i && (i == 0 || name[i - 1] == '.') && (end == name.size() || name[end] == '.') && end - i < 10;
    if (whole) numbers.push_back(std::stoll(name.substr(i, end - i)));
    if (whole) out += '#';
    else out += name.substr(i, std::max(end, i + 1) - i);
    i = std::max(end, i + 1);
  }
  name = out;
  return numbers;
}

/// "0-2,7"
std::string ranges(const std::set<std::int64_t>& numbers) {
  std::string text;
  for (auto it = numbers.begin(); it != numbers.end();) {
    const std::int64_t first = *it;
    std::int64_t last = first;
    while (++it != numbers.end() && *it == last + 1) last = *it;
    text += join(text.empty() ? "" : ",", first);
    if (last > first) text += join("-", last);
  }
  return text;
}

void print_tree(const StoredTensors& weights) {
  std::map<std::string, Group> groups;
  for (const StoredTensor& e : weights.entries()) {
    std::string name = e.name;
    const auto numbers = take_numbers(name);
    Group& g = groups[join(name, " ", e.shape, " ", e.type)];
    g.shape = join(e.shape);
    g.type = e.type;
    g.numbers.resize(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) g.numbers[i].insert(numbers[i]);
    ++g.count;
    g.elements += e.shape.size();
    g.bytes += static_cast<double>(e.bytes.size());
  }
  std::printf("%-64s %7s %-16s %-8s %12s\n", "tensor", "count", "shape", "type", "MB");
  for (const auto& [key, g] : groups) {
    std::string name;
    std::size_t place = 0;
    for (char c : key.substr(0, key.find(' ')))
      name += c == '#' ? "{" + ranges(g.numbers[place++]) + "}" : std::string(1, c);
    std::printf("%-64s %7lld %-16s %-8s %12.3f\n", name.c_str(), static_cast<long long>(g.count), g.shape.c_str(),
                g.type.c_str(), g.bytes / 1e6);
  }
}

void inspect(const std::string& folder) {
  std::vector<std::string> unknown;
  DeepSeekConfig c = read_deepseek_config(folder + "/config.json", &unknown);
  const Weights weights(folder);
  print_tree(weights);

  double stored = 0;
  bool mtp = false;
  for (const StoredTensor& e : weights.entries()) {
    stored += static_cast<double>(e.bytes.size());
    mtp |= e.name.starts_with(detail::mtp_prefix(c));
  }
  const bool promised = c.num_nextn_predict_layers > 0;
  c.num_nextn_predict_layers = mtp;
  const auto model = hollow([&] { return DeepSeek<bf16>::make(c, Key{}); });
  check_model(weights, model, deepseek_load_options(c));  // names, shapes and types are those of the configuration

  const DeepSeekSizes sizes = deepseek_sizes(c);
  const double cache = 2.0 * static_cast<double>(sizes.cache),
               memory = 2.0 * static_cast<double>(sizes.parameters + sizes.predictor);
  std::printf("\n%s, %lld layers, %zu tensors, %.3f GB in files\n", c.is_v2() ? "deepseek_v2" : "deepseek_v3",
              static_cast<long long>(c.num_hidden_layers), weights.entries().size(), stored / 1e9);
  std::printf("parameters             %15lld\n", static_cast<long long>(sizes.parameters));
  std::printf("  work for one token   %15lld\n", static_cast<long long>(sizes.active));
  std::printf("  multi-token layer    %15lld%s\n", static_cast<long long>(sizes.predictor),
              mtp == promised ? ""
              : mtp           ? " (the configuration does not promise it)"
                              : " (missing, though the configuration promises it)");
  std::printf("cache, bytes per token %15.0f in bf16\n", cache);
  std::printf("memory for weights     %12.3f GB in bf16, %.3f GB in float; stored so, they are used in place\n",
              memory / 1e9, 2 * memory / 1e9);
  std::printf("memory for %6lld tokens %10.3f GB of cache in bf16\n", static_cast<long long>(c.max_position_embeddings),
              cache * static_cast<double>(c.max_position_embeddings) / 1e9);
  for (const std::string& key : unknown) std::printf("config.json: %s is not understood\n", key.c_str());
}

/// Inspects a small checkpoint of its own.
void self_test() {
  DeepSeekConfig c;
  c.vocab_size = 64;
  c.hidden_size = 32;
  c.num_hidden_layers = 3;
  c.num_attention_heads = 2;
  c.kv_lora_rank = 16;
  c.qk_nope_head_dim = c.qk_rope_head_dim = c.v_head_dim = 8;
  c.intermediate_size = 48;
  c.moe_intermediate_size = 16;
  c.n_routed_experts = 4;
  c.n_shared_experts = 1;
  c.num_experts_per_tok = 2;
  c.first_k_dense_replace = 1;
  c.num_nextn_predict_layers = 1;
  c.max_position_embeddings = 128;
  save_pretrained("checkpoint", DeepSeek<bf16>::make(c, Key{1}), {.max_shard_bytes = 20000, .fp8 = true});
  inspect("checkpoint");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]), 1;
  try {
    if (std::strcmp(argv[1], "--self-test") == 0) self_test();
    else inspect(argv[1]);
  } catch (const Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
