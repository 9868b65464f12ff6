// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Whole decoding, a token at a time, of a model of 770 MB in bf16 (random weights), as it is and packed. With a short
// context: bytes of all weights that a token meets, over the time, beside the machine's bandwidth. With longer ones,
// for weights packed as panels and both forms of attention: the time, beside bytes / bandwidth + operations / peak.
#include "bench.hpp"
#include "decode/bandwidth.hpp"

#include <hadal/models/deepseek/model.hpp>
#include <hadal/tree/pack.hpp>
#include <hadal/tree/parameters.hpp>

#include <cmath>
#include <cstring>
#include <utility>

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

/// Adds a row: `amount` over the median time of `call` (or the time, if there is none) beside its limit, which follows
/// from the bandwidth, measured in turns. The spread is that of our times.
void add(const bench::Report& report, const std::string& name, int threads, const char* unit, double amount,
         int repeats, const std::function<void()>& call, const std::function<double(double)>& limit) {
  bench::Bandwidth bandwidth(threads);
  std::vector<double> seconds;
  call();
  for (int r = 0; r < repeats; ++r) {
    bandwidth.measure();
    const double begin = bench::now();
    call();
    seconds.push_back(bench::now() - begin);
  }
  const double time = bench::median(seconds), most = limit(bandwidth.value()), ours = amount > 0 ? amount / time : time;
  const auto [low, high] = std::minmax_element(seconds.begin(), seconds.end());
  report.add({name, threads, unit, ours, most, "limit", amount > 0 ? ours / most : most / ours, (*high - *low) / time});
}

void short_context(const bench::Report& report, Decoding& d, const char* format) {
  for (const int threads : {1, 2}) {
    set_threads(threads);
    add(
        report, join("a token, ", format), threads, "GB/s", d.bytes(16) * 1e-9, 9,
        [&] { d.token(16, LatentForm::absorbed); }, [](double bandwidth) { return bandwidth * 1e-9; });
  }
}

void long_contexts(const bench::Report& report, Decoding& d) {
  const double peak = bench::peak_flops();
  for (const std::int64_t length : {1024, 8191})
    for (const LatentForm form : {LatentForm::absorbed, LatentForm::naive}) {
      Work work;
      {
        const trace::Install install(work);
        d.token(length, form);
      }
      for (const int threads : {1, 2}) {
        set_threads(threads);
        add(
            report, join("a token after ", length, form == LatentForm::naive ? ", naive" : ", absorbed"), threads, "s",
            0, form == LatentForm::naive ? 3 : 7, [&] { d.token(length, form); },
            [&](double bandwidth) { return d.bytes(length) / bandwidth + work.operations / (peak * threads); });
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
  for (const auto& [format, name] : {std::pair{PackedFormat::panels, "bf16 panels"}, {PackedFormat::int8, "int8"},
                                     {PackedFormat::int4, "int4"}}) {
    auto packed = model;  // shares the tensors
    pack(packed, format);
    Decoding p{packed, d.cache, bytes_of(packed)};
    short_context(report, p, name);
    if (format != PackedFormat::panels) continue;
    const auto a = d.token(100, LatentForm::absorbed), b = p.token(100, LatentForm::absorbed);
    if (std::memcmp(a.data(), b.data(), a.bytes()) != 0) return std::fprintf(stderr, "decode: panels differ\n"), 1;
    long_contexts(report, p);
  }
}
