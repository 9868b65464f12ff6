// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// What the programs that measure one op share: inputs both sides can make, the bytes that must move set against the
// machine's bandwidth, and PyTorch as the peer.

#include "bench.hpp"
#include "peers/peer.hpp"

#include <hadal/core/parallel.hpp>
#include <hadal/tensor/tensor.hpp>

#include <cmath>
#include <cstring>
#include <memory>

namespace bench {

using hadal::Shape;
using hadal::Tensor;

/// Numbers in -1 .. 1 that peer.py makes too: element i is a hash of i and the seed.
inline Tensor<float> numbers(const Shape& shape, std::uint32_t seed) {
  Tensor<float> t = Tensor<float>::empty(shape);
  hadal::parallel_for(t.size(), 65536, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::uint32_t h = (static_cast<std::uint32_t>(i) + seed * 0x9e3779b9u) * 0x85ebca6bu;
      h = (h ^ (h >> 15)) * 0xc2b2ae35u;
      t.data()[i] = static_cast<float>(h >> 8) * 0x1p-23f - 1.0f;
    }
  });
  return t;
}
/// Ids below n, likewise.
inline Tensor<std::int32_t> ids(const Shape& shape, std::int64_t n, std::uint32_t seed) {
  const Tensor<float> x = numbers(shape, seed);
  Tensor<std::int32_t> t = Tensor<std::int32_t>::empty(shape);
  for (std::int64_t i = 0; i < t.size(); ++i)
    t.data()[i] = static_cast<std::int32_t>((static_cast<double>(x.data()[i]) + 1) / 2 * static_cast<double>(n));
  return t;
}

/// What both sides compare: the sum of |x| and, so that an exchange shows, of x weighted by place.
inline std::pair<double, double> digest(const Tensor<float>& x) {
  double size = 0, places = 0;
  const Tensor<float> dense = x.contiguous();
  for (std::int64_t i = 0; i < dense.size(); ++i) {
    const double v = static_cast<double>(dense.data()[i]);
    size += std::abs(v), places += v * static_cast<double>(i % 7 + 1);
  }
  return {size, places};
}

/// Bytes a second that `threads` read from one block and write to another of `bytes` each; the better of memcpy and a
/// plain loop. Without `write`, bytes read alone.
inline double bandwidth(int threads, double bytes, bool write) {
  hadal::set_threads(threads);
  const std::int64_t lanes = vector_bytes / 4, n = static_cast<std::int64_t>(bytes) / 4 / lanes;
  const Tensor<float> x = numbers({n * lanes}, 1), y = numbers({n * lanes}, 2);
  const auto at = [](const Tensor<float>& t, std::int64_t i) {
    return reinterpret_cast<Vector*>(t.data() + i * vector_bytes / 4);
  };
  const auto loop = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) *at(y, i) = *at(x, i);
  };
  const auto copy = [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(at(y, begin), at(x, begin), static_cast<std::size_t>((end - begin) * vector_bytes));
  };
  const auto read = [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t part = (end - begin) / 4;
    Vector a = {}, b = a, c = a, d = a;
    for (std::int64_t i = begin; i < begin + part; ++i)
      a += *at(x, i), b += *at(x, i + part), c += *at(x, i + 2 * part), d += *at(x, i + 3 * part);
    a += b + c + d;
    pin(a);
  };
  double best = 0;
  const auto measure = [&](const auto& work) {
    const int calls = 1 + static_cast<int>(3e7 / bytes);
    for (int r = 0; r < 6; ++r) {
      const double begin = now();
      for (int k = 0; k < calls; ++k) hadal::parallel_for(n, 2048, work);
      best = std::max(best, calls * (write ? 2.0 : 1.0) * bytes / (now() - begin));
    }
  };
  if (write) measure(loop), measure(copy);
  else measure(read);
  return best;
}

/// One op at one size. `forward` returns the result; `inputs` get gradients in `backward`, from a seed of numbers.
struct Op {
  std::string name;                        ///< as peer.py knows it, with its sizes
  double forward_bytes, backward_bytes;    ///< that must move; no backward where 0
  std::function<Tensor<float>()> forward;
  std::vector<Tensor<float>*> inputs;      ///< that `forward` reads
  bool reads_only = false;                 ///< forward writes next to nothing
};

/// Times ops forward and backward on a number of threads: a row against the bandwidth, a row against PyTorch.
class Floor {
 public:
  Floor(const std::string& title, int threads, bool compared = false) : report_(title), threads_(threads) {
    hadal::set_threads(threads);
    if (!compared) return;
    const char* newest = std::getenv("HADAL_PEER_PYTHON");
    for (const char* python : {newest, "/usr/bin/python3"}) {
      if (!python) continue;
      auto peer = std::make_unique<Peer>(
          std::vector<std::string>{python, "benchmarks/ops/peer.py", std::to_string(threads)}, threads);
      if (peer->ready()) peers_.push_back(std::move(peer));
      else std::printf("without %s: the peer did not start, for the reason above\n", python);
    }
  }

  void add(const Op& op) {
    hadal::set_threads(threads_);
    const auto forward = [&] { hadal::no_grad([&] { keep(*op.forward().data()); }); };
    check(op, "forward", hadal::no_grad([&] { return op.forward(); }));
    time(op.name, "forward", op.forward_bytes, !op.reads_only, forward);
    if (op.backward_bytes == 0) return;
    for (Tensor<float>* x : op.inputs) x->set_requires_grad();
    const Tensor<float> y = op.forward(), seed = numbers(y.shape(), 99);
    const auto backward = [&] {
      for (const Tensor<float>* x : op.inputs) x->zero_grad();
      y.backward(seed, true);
    };
    backward();
    check(op, "backward", op.inputs[0]->grad());
    time(op.name, "backward", op.backward_bytes, true, backward);
    for (Tensor<float>* x : op.inputs) x->set_requires_grad(false);
  }

  /// Ours alone, against the bandwidth.
  void add(const std::string& name, double bytes, bool write, const std::function<void()>& f) {
    hadal::set_threads(threads_);
    time(name, nullptr, bytes, write, f);
  }
  const Report& report() const { return report_; }

 private:
  void check(const Op& op, const char* part, const Tensor<float>& ours) {
    if (peers_.empty()) return;
    const auto [a, b] = digest(ours);
    for (const auto& peer : peers_) {
      const auto [c, d] = peer->ask(hadal::join("check ", part, " ", op.name).c_str());
      HADAL_CHECK(std::abs(a - c) <= 1e-4 * c && std::abs(b - d) <= 7e-4 * c, hadal::ValueError, op.name, " ", part,
                  ": the numbers differ: ours ", a, " and ", b, ", those of ", peer->name(), " ", c, " and ", d);
    }
  }

  /// `part` as the peers know it; null where there are none to compare with.
  void time(const std::string& op, const char* part, double bytes, bool write, const std::function<void()>& ours) {
    const double limit = bandwidth_of(bytes, write);
    const std::size_t peers = part ? peers_.size() : 0;
    const int calls = 1 + static_cast<int>(2e7 / bytes);
    std::vector<double> mine;
    std::vector<std::vector<double>> theirs(peers), ratios(peers);
    ours();
    for (int r = 0; r < 5; ++r) {
      const double begin = now();
      for (int k = 0; k < calls; ++k) ours();
      mine.push_back((now() - begin) / calls);
      for (std::size_t p = 0; p < peers; ++p) {
        theirs[p].push_back(peers_[p]->ask(hadal::join("time ", calls, " ", part, " ", op).c_str()).first);
        ratios[p].push_back(theirs[p].back() / mine.back());
        if (threads_ > 1) ::usleep(30'000);  // its threads spin for a while after their work
      }
    }
    const std::string name = part ? hadal::join(op, " ", part) : op;
    const double rate = bytes / median(mine);
    report_.add({name, threads_, "GB/s", 1e-9 * rate, 1e-9 * limit, "bandwidth", rate / limit, width(mine)});
    for (std::size_t p = 0; p < peers; ++p)
      report_.add({name, threads_, "GB/s", 1e-9 * rate, 1e-9 * bytes / median(theirs[p]), peers_[p]->name(),
                   median(ratios[p]), width(ratios[p])});
  }

  static double width(const std::vector<double>& v) {
    const auto [low, high] = std::minmax_element(v.begin(), v.end());
    return (*high - *low) / median(v);
  }

  /// Of blocks that hold as much in all, measured once for each power of two.
  double bandwidth_of(double bytes, bool write) {
    const double size = std::exp2(std::max(20.0, std::round(std::log2(write ? bytes / 2 : bytes))));
    for (const Measured& m : measured_)
      if (m.size == size && m.write == write) return m.rate;
    measured_.push_back({size, write, bandwidth(threads_, size, write)});
    return measured_.back().rate;
  }

  struct Measured {
    double size;
    bool write;
    double rate;
  };
  Report report_;
  int threads_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Measured> measured_;
};

/// Calls run(threads) for the number of threads that the program was given, else for 1 and 2.
template <class Run>
void for_threads(int argc, char** argv, const Run& run) {
  if (argc > 1) return run(std::atoi(argv[1]));
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (int threads = 1; threads <= std::min(cores, 2); ++threads) run(threads);
}

}  // namespace bench
