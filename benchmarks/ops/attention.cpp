// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Attention forward and backward against the machine's multiply-add peak, decoding against its read bandwidth, and
// memory over the length. Causal pairs are counted, seven products in all.
#include "bench.hpp"

#include <hadal/ops/attention.hpp>

using namespace hadal;

namespace {

struct Case {
  const char* name;
  std::int64_t B, L, S, H, Hk, Dk, Dv;
};

struct Work : trace::Sink {
  double operations = 0;
  void event(const trace::Event& e) override { operations += e.operations; }
};

double seconds(const std::function<void()>& f) {
  f();
  std::vector<double> times;
  for (int r = 0; r < 7; ++r) {
    const double begin = bench::now();
    f();
    times.push_back(bench::now() - begin);
  }
  return bench::median(times);
}

Tensor<float> normal(const Shape& shape, std::uint64_t key) { return Tensor<float>::normal(shape, Key{key}); }

}  // namespace

int main() {
  const bench::Report report("attention in float; the peer is the machine's limit");
  const double peak = bench::peak_flops();
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  // Everything a run holds beyond its inputs, scratch of the threads included, beside one float (L, S) matrix a head.
  for (std::int64_t L = 1024; L <= 16384; L *= 2) {
    auto q = normal({1, L, 2, 64}, 1), k = normal({1, L, 2, 64}, 2), v = normal({1, L, 2, 64}, 3);
    for (auto* t : {&q, &k, &v}) t->set_requires_grad();
    attention(q, k, v).backward(normal(q.shape(), 4));
    const double used = static_cast<double>(runtime().cpu_memory.use().peak - q.bytes() - k.bytes() - v.bytes());
    const double matrix = 2.0 * static_cast<double>(L) * static_cast<double>(L) * 4;
    report.add({join("memory, L ", L, ", H 2, D 64"), cores, "MB", 1e-6 * used, 1e-6 * matrix, "(L, S) matrix",
                matrix / used, 0});
  }
  const Case trained[] = {
      {"B 4, L 1024, H 8, D 64", 4, 1024, 1024, 8, 8, 64, 64},
      {"MLA: L 1024, H 8, D 192/128", 1, 1024, 1024, 8, 8, 192, 128},
      {"MLA absorbed: H 16/1, D 576/512", 1, 512, 512, 16, 1, 576, 512},
      {"B 8, L 256, H 4, D 96/64", 8, 256, 256, 4, 4, 96, 64},
  };
  const Case decoded[] = {
      {"decode: S 4096, H 16/1, D 576/512", 1, 1, 4096, 16, 1, 576, 512},
      {"decode: S 8192, H 16, D 64", 1, 1, 8192, 16, 16, 64, 64},
  };
  for (int n = 1; n <= cores; n *= 2) {
    set_threads(n);
    for (const Case& c : trained) {
      auto q = normal({c.B, c.L, c.H, c.Dk}, 1), k = normal({c.B, c.S, c.Hk, c.Dk}, 2);
      auto v = normal({c.B, c.S, c.Hk, c.Dv}, 3);
      const auto dy = normal({c.B, c.L, c.H, c.Dv}, 4);
      const auto row = [&](const char* part, const std::function<void()>& f) {
        Work work;
        {
          const trace::Install install(work);
          f();
        }
        const double rate = work.operations / seconds(f);
        report.add({join(c.name, part), n, "GFLOP/s", 1e-9 * rate, 1e-9 * peak * n, "peak", rate / (peak * n), 0});
      };
      row(", y", [&] { attention(q, k, v); });
      for (auto* t : {&q, &k, &v}) t->set_requires_grad();
      row(", all", [&] {
        for (auto* t : {&q, &k, &v}) t->zero_grad();
        attention(q, k, v).backward(dy);
      });
    }
    const double bandwidth = bench::read_bandwidth(n);
    for (const Case& c : decoded) {
      // Where one key head serves all, the values are the first columns of the keys, read once.
      const auto q = normal({c.B, c.L, c.H, c.Dk}, 1), k = normal({c.B, c.S, c.Hk, c.Dk}, 2);
      const auto v = c.Hk == 1 ? k.slice(3, 0, c.Dv) : normal({c.B, c.S, c.Hk, c.Dv}, 3);
      const double bytes = static_cast<double>(k.bytes() + (c.Hk == 1 ? 0 : v.bytes()));
      const double rate = bytes / seconds([&] { attention(q, k, v); });
      report.add({c.name, n, "GB/s", 1e-9 * rate, 1e-9 * bandwidth, "bandwidth", rate / bandwidth, 0});
    }
  }
}
