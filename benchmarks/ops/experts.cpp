// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// optional packages: python3-torch python3-numpy libopenblas0-pthread
// peers: openblas pytorch

// Grouped experts, 64 of which 2048 tokens choose 6 under a skewed load: each product beside a dense one of the same
// multiply-adds (the ratio is the dense product's time over ours), and the experts of a layer, forward and backward,
// beside PyTorch's loop over experts.
#include "bench.hpp"
#include "peers/peer.hpp"

#include <hadal/cpu/linear.hpp>
#include <hadal/io/write_safetensors.hpp>
#include <hadal/ops/dispatch.hpp>
#include <hadal/ops/feed_forward.hpp>
#include <hadal/ops/reductions.hpp>

#include <cmath>
#include <filesystem>

namespace {

using namespace hadal;
using Floats = Tensor<float>;

constexpr std::int64_t tokens = 2048, E = 64, K = 6, C = 512;
constexpr int repeats = 7;

/// (tokens, K): the K best of popularity plus Gumbel noise, so that the first expert is chosen about 9 times as often
/// as the last.
Tensor<std::int32_t> choose() {
  std::vector<std::int32_t> indices;
  for (std::int64_t t = 0; t < tokens; ++t) {
    std::vector<std::pair<double, std::int32_t>> scores;
    for (std::int64_t e = 0; e < E; ++e) {
      const double u = random_uniform(Key{7}, static_cast<std::uint64_t>(t * E + e));
      scores.emplace_back(static_cast<double>(e) / 25 + std::log(-std::log(u + 1e-12)), static_cast<std::int32_t>(e));
    }
    std::sort(scores.begin(), scores.end());
    for (std::int64_t k = 0; k < K; ++k) indices.push_back(scores[static_cast<std::size_t>(k)].second);
  }
  return Tensor<std::int32_t>::from(indices, {tokens, K});
}

Floats normal(const Shape& shape, std::uint64_t key, double deviation = 1) {
  return Floats::normal(shape, Key{key}, 0, deviation);
}

void products(const bench::Report& report, const ExpertPlan<Cpu>& plan, std::int64_t F, int threads) {
  const std::int64_t N = plan.slots();
  const Floats x = normal({N, C}, 1), dy = normal({N, F}, 2), weight = normal({E, F, C}, 3), dense = normal({F, C}, 4);
  auto y = Floats::zeros({N, F}), dx = Floats::zeros({N, C}), dw = Floats::zeros({E, F, C}),
       ddense = Floats::zeros({F, C});
  const auto offsets = plan.offsets.view();
  const auto row = [&](const char* form, const std::function<void()>& ours, const std::function<void()>& peer) {
    const double gflop = 2e-9 * static_cast<double>(N * F * C);
    report.compare({join("F ", F, ", ", form), threads, "GFLOP/s", gflop, repeats}, ours, {{"dense product", peer}});
  };
  row("y = x W^T", [&] { grouped_linear_forward(Cpu{}, y.out(), x.view(), weight.strided_view(), offsets); },
      [&] { linear_forward(Cpu{}, y.out(), x.view(), dense.view(), View<const float>{}); });
  row(
      "dx = dy W",
      [&] {
        grouped_linear_backward_input(Cpu{}, GradView<float>{dx.out(), false}, dy.view(), weight.strided_view(),
                                      offsets);
      },
      [&] {
        linear_backward_input(Cpu{}, GradView<float>{dx.out(), false}, dy.view(), dense.view());
      });
  row("dW = dy^T x",
      [&] { grouped_linear_backward_weight(Cpu{}, GradView<float>{dw.out(), false}, dy.view(), x.view(), offsets); },
      [&] { linear_backward_weight(Cpu{}, GradView<float>{ddense.out(), false}, dy.view(), x.view()); });
}

void layer(const bench::Report& report, const Tensor<std::int32_t>& indices, const ExpertPlan<Cpu>& plan,
           std::int64_t F, int threads) {
  auto x = normal({tokens, C}, 1), weights = normal({tokens, K}, 2, 0.2), gate = normal({E, F, C}, 3, 0.04),
       up = normal({E, F, C}, 4, 0.04), down = normal({E, C, F}, 5, 0.04);
  const Floats dy = normal({tokens, C}, 6);
  const std::string file = std::filesystem::temp_directory_path() / join("hadal_experts_", ::getpid());
  std::vector<NamedTensor> tensors;
  const auto send = [&](const char* name, const TensorBase& t) {
    Place place;
    place.name = name;
    tensors.push_back({place, t});
  };
  send("x", x), send("weights", weights), send("gate", gate), send("up", up), send("down", down), send("dy", dy);
  send("indices", indices);
  write_safetensors(file, tensors);
  std::vector<std::unique_ptr<bench::Peer>> peers;
  for (const char* python : {"/usr/bin/python3", static_cast<const char*>(std::getenv("HADAL_PEER_PYTHON"))}) {
    if (!python) continue;
    auto peer = std::make_unique<bench::Peer>(
        std::vector<std::string>{python, "benchmarks/ops/experts.py", file, std::to_string(threads)}, threads);
    if (peer->ready()) peers.push_back(std::move(peer));
    else std::printf("skipped a peer: it did not start, for the reason above\n");
  }
  std::filesystem::remove(file);

  for (Floats* t : {&x, &gate, &up, &down}) t->set_requires_grad();
  const auto step = [&] {
    for (Floats* t : {&x, &gate, &up, &down}) t->zero_grad();
    const Floats rows = dispatch(x, plan);
    const Floats y = combine(feed_forward(rows, gate, up, down, {}, plan.offsets), weights, plan);
    y.backward(dy);
    return y;
  };
  const auto size_of = [](const Floats& t) {
    double total = 0;
    for (std::int64_t i = 0; i < t.size(); ++i) total += std::abs(static_cast<double>(t.data()[i]));
    return total;
  };
  const double expected = size_of(step()) + size_of(x.grad());
  for (const auto& peer : peers) {
    const double got = peer->ask("step").second;
    // Sums of a million float values: PyTorch adds them in float.
    HADAL_CHECK(std::abs(got - expected) <= 1e-4 * expected, NumericError, "experts: ours ", expected, ", ",
                peer->name(), " ", got);
  }
  std::vector<double> ours;
  std::vector<std::vector<double>> theirs(peers.size()), ratios(peers.size());
  for (int r = 0; r < repeats; ++r) {
    const double begin = bench::now();
    step();
    ours.push_back(bench::now() - begin);
    for (std::size_t i = 0; i < peers.size(); ++i) {
      theirs[i].push_back(peers[i]->ask("step").first);
      ratios[i].push_back(theirs[i].back() / ours.back());
      ::usleep(100'000);  // its threads spin for a while after their work
    }
  }
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const auto [low, high] = std::minmax_element(ratios[i].begin(), ratios[i].end());
    const double ratio = bench::median(ratios[i]);
    report.add({join("F ", F, ", all experts, both ways"), threads, "s", bench::median(ours), bench::median(theirs[i]),
                peers[i]->name(), ratio, (*high - *low) / ratio});
  }
}

}  // namespace

int main() {
  const Tensor<std::int32_t> indices = choose();
  const ExpertPlan<Cpu> plan = plan_experts(indices, E);
  std::int64_t least = tokens, most = 0;
  for (std::int64_t e = 0; e < E; ++e) {
    const std::int64_t rows = plan.offsets.data()[e + 1] - plan.offsets.data()[e];
    least = std::min(least, rows), most = std::max(most, rows);
  }
  const bench::Report report(join("experts of ", C, " x F, ", least, " to ", most, " tokens each"));
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (int threads = 1; threads <= std::min(cores, 2); ++threads) {
    set_threads(threads);
    for (const std::int64_t F : {1408, 128}) {
      products(report, plan, F, threads);
      layer(report, indices, plan, F, threads);
    }
  }
}
