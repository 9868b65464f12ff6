// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// The two forms of latent attention over a cache, L new tokens of a sequence that then has S, at the sizes of
// DeepSeek-V2-Lite. `ours` is the form that cheaper_form chooses, the peer the other one: a ratio below 1 is a wrong
// choice, and what it costs. `written` of cheaper_form was set so that few ratios are, and those near 1.
#include "bench.hpp"

#include <hadal/nn/latent_attention.hpp>

using namespace hadal;

namespace {

template <class T>
void measure(const bench::Report& report, const char* type, int threads) {
  LatentAttentionConfig c;
  c.hidden_size = 2048;
  c.num_attention_heads = 16;
  c.kv_lora_rank = 512;
  c.qk_nope_head_dim = c.v_head_dim = 128;
  c.qk_rope_head_dim = 64;
  const auto m = LatentAttention<T>::make(c, Key{1});
  const std::int64_t longest = 4096;
  const auto table = rope_table<Accumulator<T>, Cpu>(c.qk_rope_head_dim, longest, 10000.0);
  auto cache = LatentCache<T>::make(1, 1, longest, c.kv_lora_rank, c.qk_rope_head_dim);
  for (std::int64_t at = 0; at < longest; at += 512) {
    const auto step = cache.step(512);
    const auto x = Tensor<T>::normal({1, 512, c.hidden_size}, Key{2}.fold(static_cast<std::uint64_t>(at)));
    m(x, table, cache.layers[0], step);
    cache.advance(step);
  }
  for (const std::int64_t S : {512, 1024, 4096})
    for (const std::int64_t L : {1, 2, 32, 64, 128, 192, 256, 384, 512}) {
      cache.lengths = {S - L};
      const auto x = Tensor<T>::normal({1, L, c.hidden_size}, Key{3});
      const auto call = [&](LatentForm form) {
        return [&, form] {
          auto step = cache.step(L);
          step.form = form;
          auto y = m(x, table, cache.layers[0], step);
          bench::keep(y);
        };
      };
      const LatentForm chosen = cheaper_form(c, L, S);
      const LatentForm other = chosen == LatentForm::naive ? LatentForm::absorbed : LatentForm::naive;
      report.compare({join(type, ", S ", S, ", L ", L), threads, "s", 0, 3, 0.02}, call(chosen),
                     {{other == LatentForm::naive ? "naive" : "absorbed", call(other)}});
    }
}

}  // namespace

int main() {
  const bench::Report report("latent attention over a cache: the form chosen, beside the other");
  GradMode off(false);
  set_threads(1);
  measure<float>(report, "float", 1);
  measure<bf16>(report, "bf16", 1);
}
