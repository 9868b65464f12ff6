// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// The loss of a language model, logits and gradients in one pass over the rows, against the multiply-add peak: three
// products of N C V multiply-adds. And the memory it holds beside a matrix of logits.
#include "bench.hpp"

#include <hadal/ops/linear_cross_entropy.hpp>

using namespace hadal;

int main() {
  const bench::Report report("linear + cross entropy in float; the peer is the machine's limit");
  const double peak = bench::peak_flops();
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (int n = 1; n <= std::min(cores, 2); ++n) {
    set_threads(n);
    struct Case {
      std::int64_t N, C, V;
    };
    for (const auto& [N, C, V] : {Case{256, 768, 50257}, Case{2048, 768, 50257}, Case{2048, 256, 4096}}) {
      auto x = Tensor<float>::normal({N, C}, Key{1}), weight = Tensor<float>::normal({V, C}, Key{2}, 0, 0.05);
      std::vector<std::int32_t> values;
      for (std::int64_t i = 0; i < N; ++i)
        values.push_back(static_cast<std::int32_t>(random_below(Key{3}, static_cast<std::uint64_t>(i),
                                                                static_cast<std::uint64_t>(V))));
      const auto targets = Tensor<std::int32_t>::from(values);
      const double product = 2.0 * static_cast<double>(N * C) * static_cast<double>(V);
      const auto row = [&](const char* part, double operations, const std::function<void()>& f) {
        f();
        std::vector<double> times;
        for (int r = 0; r < 5; ++r) {
          const double begin = bench::now();
          f();
          times.push_back(bench::now() - begin);
        }
        const double rate = operations / bench::median(times);
        report.add({join("N ", N, ", C ", C, ", V ", V, part), n, "GFLOP/s", 1e-9 * rate, 1e-9 * peak * n, "peak",
                    rate / (peak * n), 0});
      };
      row(", loss", product, [&] { linear_cross_entropy(x, weight, targets); });
      x.set_requires_grad(), weight.set_requires_grad();
      runtime().cpu_memory.reset_peak();
      const auto before = runtime().cpu_memory.use().live;
      row(", all", 3 * product, [&] {
        x.zero_grad(), weight.zero_grad();
        linear_cross_entropy(x, weight, targets).backward();
      });
      const double used = static_cast<double>(runtime().cpu_memory.use().peak - before);
      const double logits = 4.0 * static_cast<double>(N * V) + static_cast<double>(x.bytes() + weight.bytes());
      report.add({join("N ", N, ", C ", C, ", V ", V, ", memory"), n, "MB", 1e-6 * used, 1e-6 * logits,
                  "logits kept", logits / used, 0});
    }
  }
}
