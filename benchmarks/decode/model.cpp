// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Whole decoding, a token at a time, of a model of 770 MB in bf16 (random weights), and packed. With a short context:
// bytes of all weights that a token meets, over the time, beside the machine's bandwidth. With longer ones, in both
// forms of attention: the time, beside bytes / bandwidth + operations / peak.
#include "bench.hpp"

#include <hadal/models/deepseek/model.hpp>
#include <hadal/tree/pack.hpp>
#include <hadal/tree/parameters.hpp>

#include <cmath>

using namespace hadal;

namespace {

DeepSeekConfig config() {
  DeepSeekConfig c;
  c.vocab_size = 32000;
  c.hidden_size = 2048;
  c.num_hidden_layers = c.first_k_dense_replace = 5;
  c.num_attention_heads = 16;
  c.q_lora_rank = 0;
  c.kv_lora_rank = 512;
  c.qk_nope_head_dim = c.v_head_dim = 128;
  c.qk_rope_head_dim = 64;
  c.intermediate_size = 8192;
  c.num_nextn_predict_layers = 0;
  c.max_position_embeddings = 8200;
  return c;
}

struct Work : trace::Sink {
  double operations = 0;
  void event(const trace::Event& e) override { operations += e.operations; }
};

struct Decoding {
  const DeepSeek<bf16>& model;
  LatentCache<bf16> cache;
  double weight_bytes;

  /// The logits of one token behind `length` others.
  Tensor<float> token(std::int64_t length, LatentForm form) {
    cache.lengths = {length};
    auto step = cache.step({0}, {1});
    step.form = form;
    const auto id = Tensor<std::int32_t>::from(std::vector<std::int32_t>{17}, {1, 1});
    return model.wide_logits(model.hidden(id, cache, step).x);
  }
  double bytes(std::int64_t length) const {
    return weight_bytes + static_cast<double>((length + 1) * cache.bytes_per_token());
  }
};

double bytes_of(const DeepSeek<bf16>& model) {
  double bytes = 0;
  walk(
      [&](const Place& place, const auto& t) {
        if constexpr (requires { t.packed; })
          if (t.packed) bytes += static_cast<double>(t.packed.matrix.bytes());
        if (t.defined() && place.role == Role::trained && place.name != "model.embed_tokens.weight")
          bytes += static_cast<double>(t.bytes());
      },
      model);
  return bytes;
}

/// Adds a row of `repeats` interleaved measurements: ours and the limit, both rates or both times.
void add(const bench::Report& report, const std::string& name, int threads, const char* unit, int repeats,
         const char* limit_name, const std::function<std::pair<double, double>()>& measure) {
  std::vector<double> ours, limits, ratios;
  for (int r = 0; r < repeats; ++r) {
    const auto [value, limit] = measure();
    ours.push_back(value), limits.push_back(limit);
    ratios.push_back(*unit == 's' ? limit / value : value / limit);
  }
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  report.add({name, threads, unit, bench::median(ours), bench::median(limits), limit_name, bench::median(ratios),
              (*high - *low) / bench::median(ratios)});
}

/// Both forms of attention must say the same, as far as bf16 activations can.
void check_forms(Decoding& d) {
  const auto a = d.token(100, LatentForm::absorbed), b = d.token(100, LatentForm::naive);
  double difference = 0, size = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]), 2);
    size += std::pow(static_cast<double>(b.data()[i]), 2);
  }
  if (difference <= 0.02 * 0.02 * size) return;
  std::fprintf(stderr, "decode: the two forms of attention differ by %g\n", std::sqrt(difference / size));
  std::exit(1);
}

double bandwidth(int threads) {
  return bench::read_bandwidth(threads, (std::size_t{64} << 20) / static_cast<std::size_t>(threads));
}

void short_context(const bench::Report& report, Decoding& d, const char* format) {
  for (const int threads : {1, 2}) {
    set_threads(threads);
    d.token(16, LatentForm::absorbed);
    add(report, join("a token, ", format), threads, "GB/s", 5, "bandwidth", [&] {
      const double limit = bandwidth(threads), begin = bench::now();
      for (std::int64_t i = 16; i < 20; ++i) d.token(i, LatentForm::absorbed);
      return std::pair{4 * d.bytes(16) / (bench::now() - begin) * 1e-9, limit * 1e-9};
    });
  }
}

void long_contexts(const bench::Report& report, Decoding& d) {
  const double one_peak = bench::peak_flops();
  for (const std::int64_t length : {1024, 8191})
    for (const LatentForm form : {LatentForm::absorbed, LatentForm::naive}) {
      Work work;
      {
        const trace::Install install(work);
        d.token(length, form);
      }
      for (const int threads : {1, 2}) {
        set_threads(threads);
        add(report, join("a token after ", length, form == LatentForm::naive ? ", naive" : ", absorbed"), threads, "s",
            form == LatentForm::naive ? 3 : 5, "limit", [&] {
              const double limit = d.bytes(length) / bandwidth(threads) + work.operations / (one_peak * threads);
              const double begin = bench::now();
              d.token(length, form);
              return std::pair{bench::now() - begin, limit};
            });
      }
    }
}

}  // namespace

int main() {
  const GradMode off(false);
  const bench::Report report("decoding with a model; the peer is the machine's limit");
  auto model = DeepSeek<bf16>::make(config(), Key{1});
  Decoding d{model, model.make_cache(1, 8200), bytes_of(model)};
  for (auto& layer : d.cache.layers) {  // latents as they come: of unit size
    const auto some = Tensor<bf16>::normal({8200, 576}, Key{2});
    std::memcpy(layer.storage->data, some.data(), some.bytes());
  }
  check_forms(d);
  short_context(report, d, "bf16");
  long_contexts(report, d);
  for (const PackedFormat format : {PackedFormat::int8, PackedFormat::int4}) {
    auto packed = model;  // shares the tensors
    pack(packed, format);
    Decoding p{packed, d.cache, bytes_of(packed)};
    short_context(report, p, format == PackedFormat::int8 ? "int8" : "int4");
  }
}
