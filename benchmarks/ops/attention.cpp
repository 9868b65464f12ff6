// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// optional packages: python3-torch python3-numpy libopenblas0-pthread
// peers: openblas pytorch

// Attention forward, and forward and backward: as a share of the machine's multiply-add peak and beside PyTorch;
// decoding against the read bandwidth, and memory over the length. Causal pairs are counted, seven products in all.
#include "bench.hpp"
#include "peers/peer.hpp"

#include <hadal/io/write_safetensors.hpp>
#include <hadal/ops/attention.hpp>

#include <cmath>
#include <filesystem>
#include <memory>

using namespace hadal;

namespace {

constexpr int repeats = 7;

struct Case {
  const char* name;
  std::int64_t B, L, S, H, Hk, Dk, Dv;
  bool compared = false;
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

double sum_of_sizes(const Tensor<float>& t) {
  double total = 0;
  for (std::int64_t i = 0; i < t.size(); ++i) total += std::abs(static_cast<double>(t.data()[i]));
  return total;
}

/// benchmarks/ops/attention.py in each interpreter there is, with the same numbers.
std::vector<std::unique_ptr<bench::Peer>> start_peers(const std::string& file, int threads) {
  std::vector<std::unique_ptr<bench::Peer>> peers;
  for (const char* python : {"/usr/bin/python3", static_cast<const char*>(std::getenv("HADAL_PEER_PYTHON"))}) {
    if (!python) continue;
    auto peer = std::make_unique<bench::Peer>(
        std::vector<std::string>{python, "benchmarks/ops/attention.py", file, std::to_string(threads)}, threads);
    if (peer->ready()) peers.push_back(std::move(peer));
    else std::printf("skipped %s: the peer did not start, for the reason above\n", python);
  }
  return peers;
}

/// Multiply-adds a second, counted twice, that the threads do now.
double peak_now(int threads) {
  constexpr double each = 2e9;
  const double begin = bench::now();
  parallel_tasks(threads, [&](std::int64_t) { bench::multiply_add(each); });
  return threads * each / (bench::now() - begin);
}

/// One row against the peak, which is measured before and after each repeat, and one for each peer. `result` sums the
/// sizes of all that `ours` made.
void measure(const bench::Report& report, const std::string& name, int threads, double operations,
             const std::string& command, const std::vector<std::unique_ptr<bench::Peer>>& peers,
             const std::function<void()>& ours, const std::function<double()>& result) {
  // Threads that wait for work may spin for a while: each side first waits until the others' have gone to sleep, and
  // wakes its own by a call that is not timed.
  const auto rest = [&] {
    if (threads > 1) ::usleep(100'000);
  };
  ours();
  const double started = bench::now();
  ours();
  const int calls = 1 + static_cast<int>(0.02 / (bench::now() - started));
  const std::string timed = join(command, " ", calls);
  const double expected = result();
  for (const auto& peer : peers) {
    const double got = peer->ask(join(command, " 1").c_str()).second;
    // Both sides sum millions of float values that are right to about 1e-5 each.
    HADAL_CHECK(std::abs(got - expected) <= 1e-5 * expected, NumericError, name, ": ours ", expected, ", ",
                peer->name(), " ", got);
  }
  std::vector<double> seconds, peaks, shares;
  std::vector<std::vector<double>> theirs(peers.size()), ratios(peers.size());
  for (int r = 0; r < repeats; ++r) {
    rest();
    ours();
    const double before = peak_now(threads), begin = bench::now();
    for (int k = 0; k < calls; ++k) ours();
    seconds.push_back((bench::now() - begin) / calls);
    peaks.push_back((before + peak_now(threads)) / 2);
    shares.push_back(operations / seconds.back() / peaks.back());
    for (std::size_t i = 0; i < peers.size(); ++i) {
      rest();
      theirs[i].push_back(peers[i]->ask(timed.c_str()).first);
      ratios[i].push_back(theirs[i].back() / seconds.back());
    }
  }
  const auto spread = [](const std::vector<double>& v) {
    const auto [low, high] = std::minmax_element(v.begin(), v.end());
    return (*high - *low) / bench::median(v);
  };
  report.add({name, threads, "GFLOP/s", 1e-9 * operations / bench::median(seconds), 1e-9 * bench::median(peaks), "peak",
              bench::median(shares), spread(shares)});
  for (std::size_t i = 0; i < peers.size(); ++i)
    report.add({name, threads, "s", bench::median(seconds), bench::median(theirs[i]), peers[i]->name(),
                bench::median(ratios[i]), spread(ratios[i])});
}

void train(const bench::Report& report, const Case& c, int threads) {
  auto q = normal({c.B, c.L, c.H, c.Dk}, 1), k = normal({c.B, c.S, c.Hk, c.Dk}, 2);
  auto v = normal({c.B, c.S, c.Hk, c.Dv}, 3);
  const auto dy = normal({c.B, c.L, c.H, c.Dv}, 4);
  std::vector<std::unique_ptr<bench::Peer>> peers;
  if (c.compared) {
    const std::string file = std::filesystem::temp_directory_path() / join("hadal_attention_", ::getpid());
    std::vector<NamedTensor> tensors;
    const auto add = [&](const char* name, const Tensor<float>& t) {
      tensors.push_back({Place{name, Role::trained, false, {}, {}}, t});
    };
    add("q", q), add("k", k), add("v", v), add("dy", dy);
    write_safetensors(file, tensors);
    peers = start_peers(file, threads);
    std::filesystem::remove(file);
  }
  const auto row = [&](const char* part, const std::string& command, const std::function<void()>& f,
                       const std::function<double()>& result) {
    Work work;
    {
      const trace::Install install(work);
      f();
    }
    measure(report, join(c.name, part), threads, work.operations, command, peers, f, result);
  };
  Tensor<float> y;
  row(", y", "forward", [&] { y = attention(q, k, v); }, [&] { return sum_of_sizes(y); });
  for (auto* t : {&q, &k, &v}) t->set_requires_grad();
  row(", all", "both",
      [&] {
        for (auto* t : {&q, &k, &v}) t->zero_grad();
        y = attention(q, k, v);
        y.backward(dy);
      },
      [&] { return sum_of_sizes(y) + sum_of_sizes(q.grad()) + sum_of_sizes(k.grad()) + sum_of_sizes(v.grad()); });
}

}  // namespace

/// Usage: [PART OF A NAME [THREADS]], to run only the cases whose names have it.
int main(int arguments, char** argument) {
  const auto chosen = [&](const std::string& name) {
    return arguments < 2 || name.find(argument[1]) != std::string::npos;
  };
  const bench::Report report("attention in float");
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  // Everything a run holds beyond its inputs, scratch of the threads included, beside one float (L, S) matrix a head.
  for (std::int64_t L = 1024; L <= 16384 && chosen("memory"); L *= 2) {
    auto q = normal({1, L, 2, 64}, 1), k = normal({1, L, 2, 64}, 2), v = normal({1, L, 2, 64}, 3);
    for (auto* t : {&q, &k, &v}) t->set_requires_grad();
    attention(q, k, v).backward(normal(q.shape(), 4));
    const double used = static_cast<double>(runtime().cpu_memory.use().peak - q.bytes() - k.bytes() - v.bytes());
    const double matrix = 2.0 * static_cast<double>(L) * static_cast<double>(L) * 4;
    report.add({join("memory, L ", L, ", H 2, D 64"), cores, "MB", 1e-6 * used, 1e-6 * matrix, "(L, S) matrix",
                matrix / used, 0});
  }
  const Case trained[] = {
      {"B 4, L 1024, H 8, D 64", 4, 1024, 1024, 8, 8, 64, 64, true},
      {"MLA: L 1024, H 8, D 192/128", 1, 1024, 1024, 8, 8, 192, 128, true},
      {"MLA absorbed: H 16/1, D 576/512", 1, 512, 512, 16, 1, 576, 512},
      {"B 4, L 64, H 12, D 64", 4, 64, 64, 12, 12, 64, 64, true},
      {"B 8, L 256, H 4, D 96/64", 8, 256, 256, 4, 4, 96, 64, true},
  };
  const Case decoded[] = {
      {"decode: S 4096, H 16/1, D 576/512", 1, 1, 4096, 16, 1, 576, 512},
      {"decode: S 8192, H 16, D 64", 1, 1, 8192, 16, 16, 64, 64},
  };
  for (int n = 1; n <= cores; n *= 2) {
    if (arguments > 2 && n != std::atoi(argument[2])) continue;
    set_threads(n);
    for (const Case& c : trained)
      if (chosen(c.name)) train(report, c, n);
    const double bandwidth = bench::read_bandwidth(n);
    for (const Case& c : decoded) {
      if (!chosen(c.name)) continue;
      // Where one key head serves all, the values are the first columns of the keys, read once.
      const auto q = normal({c.B, c.L, c.H, c.Dk}, 1), k = normal({c.B, c.S, c.Hk, c.Dk}, 2);
      const auto v = c.Hk == 1 ? k.slice(3, 0, c.Dv) : normal({c.B, c.S, c.Hk, c.Dv}, 3);
      const double bytes = static_cast<double>(k.bytes() + (c.Hk == 1 ? 0 : v.bytes()));
      const double rate = bytes / seconds([&] { attention(q, k, v); });
      report.add({c.name, n, "GB/s", 1e-9 * rate, 1e-9 * bandwidth, "bandwidth", rate / bandwidth, 0});
    }
  }
}
