// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include "bench.hpp"

namespace bench {

/// The bandwidth of memory, measured in turns with what is compared with it: each turn reads 256 MB once with 1, 2, 4
/// and 8 streams a core. It is the best of their medians, so that both sides of a ratio are medians.
class Bandwidth {
 public:
  explicit Bandwidth(int threads) : threads_(threads), data_(total, 1.0f) {}

  void measure() {
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t each = total / static_cast<std::size_t>(threads_);
      const double begin = now();
      std::vector<std::thread> pool;
      for (int t = 1; t < threads_; ++t)
        pool.emplace_back([&, t] { reads[i](data_.data() + static_cast<std::size_t>(t) * each, each); });
      reads[i](data_.data(), each);
      for (std::thread& t : pool) t.join();
      rates_[i].push_back(static_cast<double>(total * sizeof(float)) / (now() - begin));
    }
  }
  /// Bytes a second.
  double value() const {
    double best = 0;
    for (const auto& r : rates_) best = std::max(best, median(r));
    return best;
  }

 private:
  static constexpr std::size_t total = std::size_t{64} << 20;
  static constexpr void (*reads[])(const float*, std::size_t) = {detail::read_streams<1>, detail::read_streams<2>,
                                                                 detail::read_streams<4>, detail::read_streams<8>};
  int threads_;
  std::vector<float> data_;
  std::vector<double> rates_[4];
};

}  // namespace bench
