// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/row.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace hadal;
using namespace hadal::cpu;

TEST_CASE_TEMPLATE("row: packets widen and round as scalars do", T, bf16, half) {
  // Float patterns from all over: normal, subnormal, infinite, NaN, and some that lie between two results.
  constexpr int n = lanes<float>;
  float in[n];
  T out[n];
  for (std::uint32_t step = 0; step < 4096; ++step) {
    for (int i = 0; i < n; ++i)
      in[i] = __builtin_bit_cast(float, (step * n + static_cast<std::uint32_t>(i)) * (0x10001000u / n) + step);
    write(out, Whole{}, load(in));
    for (int i = 0; i < n; ++i) REQUIRE(out[i].bits == T(in[i]).bits);
    float back[n];
    store(back, read(out, Whole{}));
    for (int i = 0; i < n; ++i) REQUIRE((back[i] == float(out[i]) || (back[i] != back[i] && in[i] != in[i])));
  }
}

TEST_CASE_TEMPLATE("row: sweep reaches every element once, the ragged end too", T, float, double, bf16, half) {
  for (std::int64_t n : {0, 1, 5, 16, 33}) {
    std::vector<T> x(static_cast<std::size_t>(n) + 1, T(2.0f));
    sweep<T>(n, [&](std::int64_t i, auto part) {
      const auto v = read(x.data() + i, part, 7);
      write(x.data() + i, part, add(v, set1<Accumulator<T>>(1)));
      write(x.data() + i, part, set1<Accumulator<T>>(4), true);
    });
    for (std::int64_t i = 0; i < n; ++i) REQUIRE(float(x[static_cast<std::size_t>(i)]) == 7.0f);
    REQUIRE(float(x.back()) == 2.0f);
  }
}

TEST_CASE_TEMPLATE("row: lanes past the end hold the fill", A, float, double) {
  const A one[1] = {3};
  CHECK(sum(read(one, Part{1}, A(2))) == A(3 + 2 * (lanes<A> - 1)));
}

TEST_CASE_TEMPLATE("row: exp and sigmoid over the whole range", A, float, double) {
  constexpr double bound = 8 * test::rounding<A>;
  constexpr A infinity = std::numeric_limits<A>::infinity();
  const auto lane = [](auto f, A x) {
    A v[lanes<A>];
    store(v, f(set1<A>(x)));
    return v[lanes<A> - 1];
  };
  const auto e = [&](A x) { return lane([](auto p) { return exp_flushed<A>(p); }, x); };
  const auto s = [&](A x) { return lane([](auto p) { return sigmoid<A>(p); }, x); };
  for (double x = -80; x <= 80; x += 0.37) {
    const A v = static_cast<A>(x);
    CHECK(std::abs(double(e(v)) / std::exp(double(v)) - 1) < bound);
    CHECK(std::abs(double(s(v)) * (1 + std::exp(-double(v))) - 1) < bound);
  }
  CHECK(e(-infinity) == 0);
  CHECK(e(A(-1000)) == 0);
  CHECK(s(A(1000)) == 1);
  CHECK(s(-infinity) >= 0);
  CHECK(s(-infinity) < std::numeric_limits<A>::min() * 4);
  CHECK(std::isnan(e(std::numeric_limits<A>::quiet_NaN())));
  CHECK(std::isnan(s(std::numeric_limits<A>::quiet_NaN())));
}

TEST_CASE_TEMPLATE("row: powers of two over the whole range", A, float, double) {
  constexpr A infinity = std::numeric_limits<A>::infinity();
  const auto e = [](A x) {
    A v[lanes<A>];
    store(v, exp2_flushed<A>(set1<A>(x)));
    return v[lanes<A> - 1];
  };
  // The series, its sum and the product with 2^n round in turn.
  for (double x = -125; x <= 127; x += 0.037)
    CHECK(std::abs(double(e(static_cast<A>(x))) / std::exp2(double(static_cast<A>(x))) - 1) <
          (std::is_same_v<A, float> ? 3 : 128) * test::rounding<A>);
  CHECK(e(0) == 1);
  CHECK(e(-infinity) == 0);
  CHECK(e(A(-2000)) == 0);
  CHECK(std::isnan(e(std::numeric_limits<A>::quiet_NaN())));
}

TEST_CASE_TEMPLATE("row: lanes of a range are kept", A, float, double) {
  constexpr int n = lanes<A>;
  for (int first = -1; first <= n + 1; ++first)
    for (int end = -1; end <= n + 1; ++end) {
      A v[n];
      store(v, within_lanes<A>(set1<A>(3), first, end, 7));
      for (int i = 0; i < n; ++i) CHECK(v[i] == (first <= i && i < end ? 3 : 7));
    }
  A v[n];
  store(v, within_lanes<A>(set1<A>(std::numeric_limits<A>::quiet_NaN()), 0, 0, 0));
  CHECK(v[0] == 0);
}

TEST_CASE("row: every row is visited once whatever the number of threads") {
  std::vector<int> seen(5000, 0);
  for_each_row(5000, 100, [&](std::int64_t r) { ++seen[static_cast<std::size_t>(r)]; });
  CHECK(std::count(seen.begin(), seen.end(), 1) == 5000);
}
