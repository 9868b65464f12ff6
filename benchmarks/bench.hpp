// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// What the benchmark programs share: interleaved repeats of ours and its peers, medians, a table, and rows for
// benchmarks/results/<part>.json (benchmarks/run.sh puts them together).

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  const std::size_t n = v.size();
  return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/// Keeps the compiler from dropping a computation whose result nobody reads.
template <class T>
void keep(T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

/// One comparison. `ratio` above 1: ours is better. `spread`: largest minus smallest ratio of the repeats, over the
/// median ratio.
struct Row {
  std::string name;
  int threads = 1;
  std::string unit;
  double ours = 0, peer = 0;
  std::string peer_name;
  double ratio = 0, spread = 0;
};

struct Case {
  std::string name;
  int threads = 1;
  std::string unit = "s";  ///< "s" compares times; any other unit is a rate: `amount` of it is done by one call
  double amount = 0;
  int repeats = 5;
  double at_least = 0.02;  ///< seconds a repeat lasts; short calls are run several times
};

/// What ours is measured against: names and calls.
using Peers = std::vector<std::pair<std::string, std::function<void()>>>;

/// Collects rows: prints each as a line of a table and adds it to the file named by HADAL_BENCH_ROWS, if set.
class Report {
 public:
  explicit Report(const std::string& title) {
    std::printf("%s\n%-34s %7s %-10s %12s %12s  %-14s %6s %7s\n", title.c_str(), "case", "threads", "unit", "ours",
                "peer", "peer", "ratio", "spread");
  }

  void add(const Row& r) const {
    std::printf("%-34s %7d %-10s %12.4g %12.4g  %-14s %6.2f %6.1f%%\n", r.name.c_str(), r.threads, r.unit.c_str(),
                r.ours, r.peer, r.peer_name.c_str(), r.ratio, 100 * r.spread);
    std::fflush(stdout);
    const char* path = std::getenv("HADAL_BENCH_ROWS");
    if (!path) return;
    if (std::FILE* f = std::fopen(path, "a")) {
      std::fprintf(f,
                   "{\"case\": \"%s\", \"threads\": %d, \"unit\": \"%s\", \"ours\": %.6g, \"peer\": %.6g, "
                   "\"peer_name\": \"%s\", \"ratio\": %.4g, \"spread\": %.4g}\n",
                   r.name.c_str(), r.threads, r.unit.c_str(), r.ours, r.peer, r.peer_name.c_str(), r.ratio, r.spread);
      std::fclose(f);
    }
  }

  /// Times ours and every peer in turn, `repeats` times over: one row for each peer.
  /// Threads that wait for work may spin for tens of milliseconds: on more than one, each side first waits until the
  /// others' have gone to sleep, and wakes its own by a call that is not timed.
  std::vector<Row> measure(const Case& c, const std::function<void()>& ours, const Peers& peers) const {
    const std::size_t n = peers.size() + 1;
    const auto call = [&](std::size_t i) -> const std::function<void()>& { return i ? peers[i - 1].second : ours; };
    const auto rest = [&] {
      if (c.threads > 1) std::this_thread::sleep_for(std::chrono::milliseconds(80));
    };
    std::vector<int> calls(n);
    std::vector<std::vector<double>> seconds(n);
    for (std::size_t i = 0; i < n; ++i) {
      rest();
      call(i)();
      const double begin = now();
      call(i)();
      calls[i] = 1 + static_cast<int>(c.at_least / std::max(now() - begin, 1e-8));
    }
    for (int r = 0; r < c.repeats; ++r)
      for (std::size_t i = 0; i < n; ++i) {
        rest();
        if (calls[i] > 1) call(i)();
        const double begin = now();
        for (int k = 0; k < calls[i]; ++k) call(i)();
        seconds[i].push_back((now() - begin) / calls[i]);
      }
    const auto value = [&](std::size_t i) {
      const double s = median(seconds[i]);
      return c.unit == "s" ? s : c.amount / s;
    };
    std::vector<Row> rows;
    for (std::size_t i = 1; i < n; ++i) {
      std::vector<double> ratios;
      for (std::size_t r = 0; r < seconds[i].size(); ++r) ratios.push_back(seconds[i][r] / seconds[0][r]);
      const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
      const double ratio = median(ratios);
      rows.push_back(
          {c.name, c.threads, c.unit, value(0), value(i), peers[i - 1].first, ratio, (*high - *low) / ratio});
    }
    return rows;
  }

  /// Measures, and adds one row for each peer.
  void compare(const Case& c, const std::function<void()>& ours, const Peers& peers) const {
    for (const Row& row : measure(c, ours, peers)) add(row);
  }
};

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif
using Vector [[gnu::vector_size(vector_bytes), gnu::may_alias, gnu::aligned(alignof(float))]] = float;

/// Keeps a value in its register, and its computation in the program.
[[gnu::always_inline]] inline void pin(Vector& value) {
#if defined(__x86_64__)
  asm volatile("" : "+v"(value));
#else
  asm volatile("" : "+w"(value));
#endif
}

/// Does about `flops` operations as fast as one core can: multiply-adds of twelve independent chains in registers.
inline void multiply_add(double flops) {
  Vector a = {1}, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
  Vector x = a * 0.5f, y = a * 0.25f;
  pin(x);
  pin(y);
  for (auto steps = static_cast<long>(flops / (2 * 12 * (vector_bytes / sizeof(float)))); steps > 0; --steps) {
    a = a * x + y, b = b * x + y, c = c * x + y, d = d * x + y, e = e * x + y, f = f * x + y;
    g = g * x + y, h = h * x + y, i = i * x + y, j = j * x + y, k = k * x + y, l = l * x + y;
    pin(a), pin(b), pin(c), pin(d);
    pin(e), pin(f), pin(g), pin(h);
    pin(i), pin(j), pin(k), pin(l);
  }
}

/// Fused multiply-add peak of one core in float, operations a second.
inline double peak_flops() {
  constexpr double flops = 1e9;
  double best = 0;
  for (int r = 0; r < 7; ++r) {
    const double begin = now();
    multiply_add(flops);
    best = std::max(best, flops / (now() - begin));
  }
  return best;
}

namespace detail {

/// Reads n floats at p in `streams` far streams.
template <std::size_t streams>
void read_streams(const float* p, std::size_t n) {
  constexpr std::size_t lanes = vector_bytes / sizeof(float);
  const std::size_t each = n / streams;
  Vector sum[streams] = {};
  for (std::size_t i = 0; i < each; i += lanes)
    for (std::size_t s = 0; s < streams; ++s) sum[s] += *reinterpret_cast<const Vector*>(p + s * each + i);
  for (Vector& s : sum) pin(s);
}

}  // namespace detail

/// Bytes a second that `threads` cores read from memory: the best of 1, 2, 4 and 8 streams a core.
inline double read_bandwidth(int threads) {
  const std::size_t each = std::size_t{32} << 20;
  std::vector<std::vector<float>> data(static_cast<std::size_t>(threads), std::vector<float>(each, 1.0f));
  double best = 0;
  for (int r = 0; r < 5; ++r)
    for (const auto read :
         {detail::read_streams<1>, detail::read_streams<2>, detail::read_streams<4>, detail::read_streams<8>}) {
      const double begin = now();
      std::vector<std::thread> pool;
      for (int t = 1; t < threads; ++t)
        pool.emplace_back([&, t] { read(data[static_cast<std::size_t>(t)].data(), each); });
      read(data[0].data(), each);
      for (std::thread& t : pool) t.join();
      best = std::max(best, static_cast<double>(each * sizeof(float)) * threads / (now() - begin));
    }
  return best;
}

}  // namespace bench
