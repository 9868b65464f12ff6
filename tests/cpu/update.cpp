// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/update.hpp>

#include <vector>

// labels: tsan

using namespace hadal;

TEST_CASE("each_packet visits every element once, with one result for any number of threads") {
  for (std::int64_t n : {0, 1, 15, 4096, 4097, 300001}) {
    std::vector<float> x(static_cast<std::size_t>(n)), one;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1.0f + static_cast<float>(i % 97) / 64;
    for (int threads : {1, 3}) {
      set_threads(threads);
      std::vector<float> y = x;
      std::atomic<std::int64_t> seen{0};
      cpu::detail::each_packet<float>(
          n,
          [&]<class P>(std::int64_t i) {
            using namespace cpu::detail;
            const P v = get<P>(y.data() + i);
            set(y.data() + i, cpu::fma(v, v, spread<P>(0.1f)));
          },
          [&](std::int64_t begin, std::int64_t end) { seen += end - begin; });
      CHECK(seen == n);
      if (threads == 1) {
        for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(y[i] == doctest::Approx(x[i] * x[i] + 0.1f));
        one = y;
      } else {
        CHECK(y == one);
      }
    }
  }
  set_threads(2);
}

TEST_CASE("each_packet rounds the new value into a weight of half width") {
  std::vector<float> value{1, 2, 3};
  std::vector<bf16> weight(3);
  const Shape shape{3};
  cpu::detail::each_packet(View<float>{value.data(), shape, 3}, View<bf16>{weight.data(), shape, 3},
                           [&]<class P>(std::int64_t i) {
                             using namespace cpu::detail;
                             set(value.data() + i, cpu::mul(get<P>(value.data() + i), spread<P>(1.001f)));
                           });
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(value[i] == (static_cast<float>(i) + 1) * 1.001f);
    CHECK(weight[i].bits == bf16(value[i]).bits);
  }
}
