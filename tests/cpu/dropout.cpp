// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/dropout.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE_TEMPLATE("dropout: keeps an element when its random number is at least p", T, float, double, bf16, half) {
  const Array<T> x = random_array<T>({7, 13}, 1, 1, 3);
  const double p = 0.375;
  const Key key{42};
  for (bool add : {false, true}) {
    Array<T> y({7, 13}, 1);
    for (T& v : y.values) v = T(0.5f);
    cpu::dropout_backward(Cpu{}, y.grad(add), x.view(), p, key);
    for (std::uint64_t i = 0; i < 7 * 13; ++i) {
      const auto r = static_cast<std::int64_t>(i / 13), c = static_cast<std::int64_t>(i % 13);
      const double kept = random_word(key, i) >= p * 0x1p32 ? x(r, c) / (1 - p) : 0;
      CHECK(std::abs(y(r, c) - kept - (add ? 0.5 : 0)) < 2.2 * tolerance<T>(2));
    }
  }
}

TEST_CASE("dropout: drops a share of p and keeps the mean") {
  const std::int64_t n = 1 << 16;
  Array<float> x({1, n}), y({1, n});
  for (float& v : x.values) v = 1;
  const Array<float>& in = x;
  cpu::dropout_forward(Cpu{}, y.view(), in.view(), 0.1, Key{1});
  const auto dropped = static_cast<double>(std::count(y.values.begin(), y.values.end(), 0.0f));
  // Five standard deviations of the binomial count.
  CHECK(std::abs(dropped - 0.1 * double(n)) < 5 * std::sqrt(0.09 * double(n)));
  Array<float> other({1, n});
  cpu::dropout_forward(Cpu{}, other.view(), in.view(), 0.1, Key{2});
  CHECK(other.values != y.values);
}
