// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Speculative decoding with the layer of multi-token prediction beside plain decoding, greedy, one text at a time:
// 10,000 tokens must be the same; then acceptance a, tokens per forward, and the gain in wall clock beside what the
// bytes allow:
//   (1 + a) / (bytes of verifying and drafting / bytes of one plain token)
// Usage: benchmark_generate_speculative        models trained here for about a minute each on plain_text.hpp: one with
//                                              experts, shaped as the demo's, and a dense one of over 100 MB
//        benchmark_generate_speculative DIR    a folder as published, with a layer of multi-token prediction
#include "bench.hpp"
#include "generate/counted_model.hpp"
#include "generate/plain_text.hpp"

#include <hadal/generate/generator.hpp>
#include <hadal/models/deepseek/pretrained.hpp>
#include <hadal/ops/router_bias.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/text/text.hpp>
#include <hadal/train/train.hpp>

#include <filesystem>

using namespace hadal;
using bench::CountedModel, bench::plain_text;

namespace {

/// Tokens of the texts that a model is trained on here. It writes no longer ones: what comes after is noise to it.
constexpr std::int64_t trained_length = 128, prompt_length = 16;

DeepSeekConfig small(bool dense) {
  DeepSeekConfig c;
  c.vocab_size = 256;
  c.num_attention_heads = 4;
  c.hidden_size = dense ? 640 : 256;
  c.num_hidden_layers = dense ? 10 : 6;
  c.kv_lora_rank = 64;
  c.qk_nope_head_dim = c.v_head_dim = 64;
  c.qk_rope_head_dim = 32;
  c.num_nextn_predict_layers = 1;
  c.max_position_embeddings = 2048;
  c.intermediate_size = 1280;
  if (dense) return c;
  c.moe_intermediate_size = 128;
  c.n_routed_experts = 16;
  c.n_shared_experts = 1;
  c.num_experts_per_tok = 4;
  return c;
}

DeepSeek<> trained(const DeepSeekConfig& c, std::int64_t steps) {
  auto model = DeepSeek<>::make(c, Key{1});
  trainable(model);
  const bool experts = c.n_routed_experts > 0;  // Muon on the wide matrices of the dense one would take too long
  auto optimizer = make_optimizer(model, experts ? muon_groups() : adamw_groups());
  const std::int64_t B = 4, L = trained_length + 2;
  const WarmupStableDecay rate{.peak = experts ? 4e-3 : 1.5e-3, .warmup = 5, .decay = steps / 2, .total = steps};
  const double begin = bench::now();
  double loss = 0, next = 0;
  for (std::int64_t s = 0; s < steps; ++s) {
    const auto window = Tensor<std::int32_t>::from(
        plain_text(static_cast<std::size_t>(B * L), 100 + static_cast<std::uint64_t>(s)), {B, L});
    DeepSeekLoss<float, Cpu> parts;
    train_step(model, optimizer, {.lr = rate(s)}, [&](int) {
      parts = model.loss(window);
      return parts.total;
    });
    const auto mixtures = model.mixtures();
    for (std::size_t i = 0; i < mixtures.size(); ++i)
      if (auto& bias = mixtures[i]->gate.e_score_correction_bias) update_router_bias(*bias, parts.load[i], 0.003);
    loss = static_cast<double>(parts.main.item()), next = static_cast<double>(parts.next.item());
  }
  walk([]<class T>(const Place&, Tensor<T>& t) {
    if constexpr (is_real<T>) t.set_requires_grad(false);
  }, model);
  std::printf("trained %lld steps in %.0f s: loss %.3f, of the second token %.3f\n", static_cast<long long>(steps),
              bench::now() - begin, loss, next);
  return model;
}

/// Texts of the model's own, whose prompts are tokens of the source.
std::vector<GenerateRequest> requests(const std::vector<std::int32_t>& source, std::int64_t tokens, std::int64_t each) {
  std::vector<GenerateRequest> list;
  for (std::int64_t i = 0; i * each < tokens; ++i) {
    const auto at = source.begin() + i * 64;
    list.push_back({std::vector<std::int32_t>(at, at + prompt_length), std::min(each, tokens - i * each)});
    list.back().sampling.temperature = 0;
  }
  return list;
}

struct Decoded {
  std::vector<std::int32_t> ids;
  double seconds;
  DecodeStatistics statistics;
};
template <class M>
Decoded decode(const M& model, const std::vector<GenerateRequest>& list, bool speculative) {
  Generator g(model, {.batch = 1, .speculative = speculative});
  Decoded d;
  const double begin = bench::now();
  for (const GeneratedText& text : g.run(list))
    for (const ScoredToken& t : text.tokens) d.ids.push_back(t.id);
  d.seconds = bench::now() - begin;
  d.statistics = g.statistics();
  return d;
}

/// `longest` tokens a text, prompt included.
bool compare(const bench::Report& report, const std::string& name, const DeepSeek<>& model,
             const std::vector<std::int32_t>& source, std::int64_t longest) {
  std::size_t bytes = 0;
  for (const NamedTensor& p : parameters(model)) bytes += p.tensor.bytes();
  const std::int64_t tokens = 10000, each = longest - prompt_length;
  const auto all = requests(source, tokens, each);
  const CountedModel plain_count{model}, count{model};
  const Decoded plain = decode(plain_count, all, false), drafted = decode(count, all, true);
  const bool same = plain.ids == drafted.ids && static_cast<std::int64_t>(plain.ids.size()) == tokens;
  const double a = drafted.statistics.acceptance(), per_forward = drafted.statistics.tokens_per_forward();
  const double plain_bytes = plain_count.main_bytes / static_cast<double>(plain.statistics.forwards);
  const double round_bytes = (count.main_bytes + count.draft_bytes) / static_cast<double>(drafted.statistics.forwards);
  const double allowed = (1 + a) / (round_bytes / plain_bytes);
  std::printf("%s: %.0f MB; %zu greedy tokens %s; acceptance %.3f, tokens per forward %.3f; bytes a round %.3f of a "
              "plain token's\n",
              name.c_str(), 1e-6 * static_cast<double>(bytes), plain.ids.size(), same ? "are the same" : "DIFFER", a,
              per_forward, round_bytes / plain_bytes);
  for (const int n : {1, 2}) {
    set_threads(n);
    const auto part = requests(source, 1000, each);
    std::vector<double> ratios, ours, peer;
    for (int r = 0; r < 5; ++r) {
      peer.push_back(decode(model, part, false).seconds / 1000);
      ours.push_back(decode(model, part, true).seconds / 1000);
      ratios.push_back(peer.back() / ours.back());
    }
    const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
    const double gain = bench::median(ratios), spread = (*high - *low) / gain;
    report.add({name + ", a token", n, "s", bench::median(ours), bench::median(peer), "plain", gain, spread});
    report.add({name + ", gain", n, "ratio", gain, 0.9 * allowed, "0.9 by bytes", gain / (0.9 * allowed), spread});
  }
  report.add({name + ", acceptance", 1, "a", a, 1, "all", a, 0});
  report.add({name + ", tokens", 1, "per forward", per_forward, 1 + a, "1 + a", per_forward / (1 + a), 0});
  report.add({name + ", greedy tokens", 1, "equal", same ? static_cast<double>(tokens) : 0, static_cast<double>(tokens),
              "plain", same ? 1.0 : 0.0, 0});
  return same;
}

}  // namespace

int main(int count, char** words) {
  const bench::Report report("speculative decoding; the peer is plain decoding of the same model");
  bool same = true;
  if (count > 1) {
    const std::string folder = words[1], tokens = folder + "/tokenizer.json";
    const auto model = load_pretrained<float, Cpu>(folder);
    std::vector<std::int32_t> source = plain_text(8192, 7);
    if (std::filesystem::exists(tokens)) {
      const std::string text(source.begin(), source.end());
      source = Tokenizer::load(tokens).encode(text);
    }
    same = compare(report, std::filesystem::path(folder).filename().string(), model, source,
                   std::min<std::int64_t>(512, model.config.max_position_embeddings));
  } else {
    for (const bool dense : {false, true}) {
      const auto model = trained(small(dense), dense ? 200 : 300);
      same &= compare(report, dense ? "dense" : "experts", model, plain_text(8192, 7), trained_length);
    }
  }
  return same ? 0 : 1;
}
