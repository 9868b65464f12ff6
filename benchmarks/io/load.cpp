// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Loading a synthetic checkpoint shaped like DeepSeek-V3's, of 2 GB in bf16 and half of that in FP8, which the program
// writes into a temporary folder: time until it is ready, speed against plain read() of the same files into fresh
// memory, and the process's peak of resident memory (VmHWM) over the size of the model's weights. Each measurement runs
// in a process of its own, on files that are in the page cache. An argument names the folder to work in.

#include <hadal/models/deepseek/pretrained.hpp>

#include <filesystem>
#include <fstream>

#include <sys/wait.h>

#include "bench.hpp"

using namespace hadal;

namespace {

DeepSeekConfig shape() {
  DeepSeekConfig c;
  c.vocab_size = 32768;
  c.hidden_size = 2048;
  c.num_hidden_layers = 5;
  c.num_attention_heads = 16;
  c.q_lora_rank = 768;
  c.kv_lora_rank = 512;
  c.qk_nope_head_dim = 128;
  c.qk_rope_head_dim = 64;
  c.v_head_dim = 128;
  c.intermediate_size = 8192;
  c.moe_intermediate_size = 768;
  c.n_routed_experts = 32;
  c.n_shared_experts = 1;
  c.num_experts_per_tok = 4;
  c.n_group = 8;
  c.topk_group = 4;
  c.routed_scaling_factor = 2.5;
  c.first_k_dense_replace = 1;
  c.num_nextn_predict_layers = 1;
  c.max_position_embeddings = 4096;
  c.initializer_range = 0.006;
  return c;
}

std::size_t peak_resident() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  return 0;
}

/// Runs f in a process of its own.
template <class F>
void apart(const F& f) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    int result = 1;
    try {
      f();
      result = 0;
    } catch (const std::exception& e) {
      std::printf("%s\n", e.what());
    }
    std::fflush(stdout);
    ::_exit(result);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  HADAL_CHECK(status == 0, ValueError, "a measurement failed");
}

/// Two numbers that a measurement hands back.
struct Shared {
  double seconds, bytes;
};
Shared* shared =
    static_cast<Shared*>(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));

double plain_read(const std::string& folder) {
  apart([&] {
    double seconds = 0, bytes = 0;
    for (const auto& e : std::filesystem::directory_iterator(folder)) {
      if (e.path().extension() != ".safetensors") continue;
      std::size_t size = 0;
      const double begin = bench::now();
      const detail::Descriptor file = detail::open_to_read(e.path().string(), size);
      auto* memory = static_cast<char*>(std::malloc(size));
      for (std::size_t done = 0; done < size;) {
        const ssize_t n = ::read(file.fd, memory + done, size - done);
        if (n <= 0) std::abort();
        done += static_cast<std::size_t>(n);
      }
      seconds += bench::now() - begin;
      bytes += static_cast<double>(size);
      bench::keep(memory);  // and stays
    }
    *shared = {seconds, bytes};
  });
  return shared->bytes / shared->seconds;
}

template <class M>
double bytes_of(const M& model) {
  double n = 0;
  for (const NamedTensor& t : state_dict(model)) n += static_cast<double>(t.tensor.bytes());
  return n;
}

template <class T>
void load(const bench::Report& report, const char* name, const std::string& folder, bool in_place) {
  const auto once = [&](bool print) {
    apart([&] {
      const double begin = bench::now();
      const auto model = load_pretrained<T>(folder, {.in_place = in_place});
      const double seconds = bench::now() - begin, weights = bytes_of(model),
                   at_ready = static_cast<double>(peak_resident());
      *shared = {seconds, weights};
      if (!print) return;
      const auto ids = Tensor<std::int32_t>::from({1, 2, 3, 4, 5, 6, 7, 8}, {1, 8});
      std::vector<float> logits;
      {
        GradMode off(false);
        for (T v : model.logits(model.hidden(ids).x).to_vector()) logits.push_back(static_cast<float>(v));
      }
      const auto best = std::max_element(logits.end() - model.config.vocab_size, logits.end()) - logits.end() +
                        model.config.vocab_size;
      double touched = 0;  // every page of the model
      walk([&](const Place&, const auto& t) {
        const std::byte* p = static_cast<const std::byte*>(t.data_address());
        const auto end = static_cast<std::size_t>(t.strides()[0] * t.shape(0)) * sizeof(*t.data());
        for (std::size_t i = 0; i < end; i += 4096) touched += std::to_integer<int>(p[i]);
      }, model);
      bench::keep(touched);
      std::printf(
          "%s: ready in %.3f s, %.2f GB of weights, VmHWM / weights %.3f when ready, %.3f after use; next token %td\n",
          name, seconds, weights / 1e9, at_ready / weights, static_cast<double>(peak_resident()) / weights, best);
    });
    return shared->seconds;
  };
  once(true);
  if (in_place) return;
  std::vector<double> ours, peer, ratios;
  for (int i = 0; i < 3; ++i) {
    peer.push_back(plain_read(folder) / 1e9);
    const double file_bytes = shared->bytes;
    ours.push_back(file_bytes / once(false) / 1e9);
    ratios.push_back(ours.back() / peer.back());
  }
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  const double ratio = bench::median(ratios);
  report.add({name, threads(), "GB/s file", bench::median(ours), bench::median(peer), "read()", ratio,
              (*high - *low) / ratio});
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder =
      (std::filesystem::path(argc > 1 ? argv[1] : std::filesystem::temp_directory_path().c_str()) / "hadal-load-XXXXXX")
          .string();
  if (!::mkdtemp(folder.data())) return 1;
  struct Remove {
    const std::string& path;
    ~Remove() { std::filesystem::remove_all(path); }
  } remove{folder};
  apart([&] {
    const auto model = DeepSeek<bf16>::make(shape(), Key{1});
    std::printf("writing %.2f GB\n", bytes_of(model) / 1e9);
    for (const bool fp8 : {false, true})
      save_pretrained(folder + (fp8 ? "/fp8" : "/bf16"), model, {.max_shard_bytes = 600'000'000, .fp8 = fp8});
  });
  const bench::Report report("loading, files in the page cache");
  load<bf16>(report, "bf16 in place", folder + "/bf16", true);
  load<bf16>(report, "bf16 copied", folder + "/bf16", false);
  load<float>(report, "bf16 to float", folder + "/bf16", false);
  load<bf16>(report, "FP8 to bf16", folder + "/fp8", false);
}
