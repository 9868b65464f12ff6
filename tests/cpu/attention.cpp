// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <cpu/attention_reference.hpp>

#include <hadal/cpu/attention.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

namespace {

template <class T>
struct Result {
  Array<T> y;
  Array<Accumulator<T>> lse;
};

template <class T>
Result<T> forward(StridedView<const T> q, StridedView<const T> k, StridedView<const T> v, double scale,
                  const KeyRanges& ranges) {
  Result<T> r{filled<T>(q.shape.with_last(v.shape[-1]), 7), filled<Accumulator<T>>(q.shape.first(3), 7)};
  cpu::attention_forward<T>(Cpu{}, r.y.view(), r.lse.view(), q, k, v, scale, ranges);
  return r;
}

template <class T>
void check_cases(double tolerance) {
  for (const AttentionCase& c : attention_cases) {
    CAPTURE(c.L);
    CAPTURE(c.S);
    const auto q = random_array<T>({c.B, c.L, c.H, c.Dk}, 1), k = random_array<T>({c.B, c.S, c.Hk, c.Dk}, 2);
    const auto v = random_array<T>({c.B, c.S, c.Hk, c.Dv}, 3), dy = Array<T>({c.B, c.L, c.H, c.Dv});
    const KeyRanges ranges{c.causal, c.S - c.L, {}, {}};
    const auto expected = attention_reference(q, k, v, dy, 0.8, ranges);
    const auto got = forward(strided(q), strided(k), strided(v), 0.8, ranges);
    CHECK(difference(got.y, expected.y) < tolerance);
    CHECK(difference(got.lse, expected.lse) < tolerance);
  }
}

}  // namespace

// A score sums at most 40 products and a row at most 300 terms: their roundings stay well below 100 units.
TEST_CASE("attention_forward agrees with the formula in float and double") {
  check_cases<float>(100 * 6e-8);
  check_cases<double>(100 * 1.2e-16);
}

// Scores that climb by 0, 3 and 30 from block to block, fall, or have one peak: earlier sums are kept or scaled down.
TEST_CASE_TEMPLATE("sums follow the largest score from key block to key block", T, float, double) {
  const std::int64_t L = 3, S = 400;
  const auto q = filled<T>({1, L, 1, 2}, 0.5), v = random_array<T>({1, S, 1, 3}, 3);
  for (double climb : {0.0, 3.0, 30.0, -30.0})
    for (std::int64_t peak : {-1, 5, 130, 399}) {
      auto k = random_array<T>({1, S, 1, 2}, 2);
      for (std::int64_t j = 0; j < 2 * S; ++j)
        k.values[j] += static_cast<T>(climb * static_cast<double>(j / 2) / 128 + (j / 2 == peak ? 20 : 0));
      const KeyRanges ranges{false, 0, {}, {}};
      const auto expected = attention_reference(q, k, v, Array<T>({1, L, 1, 3}), 1.0, ranges);
      const auto got = forward(strided(q), strided(k), strided(v), 1.0, ranges);
      // Scores of up to 116 are off by a few roundings of theirs, and so, relatively, are their powers.
      const double tolerance = 10 * 116 * rounding<T>;
      CHECK(difference(got.y, expected.y) < tolerance);
      CHECK(difference(got.lse, expected.lse) < tolerance);
    }
}

TEST_CASE("attention_forward widens half widths and rounds once at the end") {
  const auto check = [](auto zero, double tolerance) {
    using T = decltype(zero);
    const auto q = random_array<T>({1, 20, 2, 18}, 1), k = random_array<T>({1, 20, 1, 18}, 2);
    const auto v = random_array<T>({1, 20, 1, 5}, 3);
    const KeyRanges ranges;
    const auto got = forward(strided(q), strided(k), strided(v), 0.5, ranges);
    const auto expected = attention_reference(q, k, v, Array<T>({1, 20, 2, 5}), 0.5, ranges);
    CHECK(difference(got.y, expected.y) < tolerance);
    CHECK(difference(got.lse, expected.lse) < 1e-5);
  };
  check(bf16{}, 0.00391);  // half a unit: 2^-8 of a value, and 1e-5 of the sums
  check(half{}, 0.0005);
}

TEST_CASE("attention_forward sees the keys of its range alone") {
  const std::int64_t L = 6, S = 300;
  const auto q = random_array<float>({2, L, 2, 8}, 1);
  auto k = random_array<float>({2, S, 2, 8}, 2), v = random_array<float>({2, S, 2, 8}, 3);
  // Beginnings and ends inside, at and across blocks; empty, inverted and outside ranges.
  const std::int32_t first[] = {0, 5, 128, 120, 7, 299, -4, 0, 256, 1, 130, 400};
  const std::int32_t end[] = {1, 9, 256, 140, 7, 300, 3, 300, 500, 0, 131, 500};
  const KeyRanges ranges{true, 0, {first, {2, L}, L}, {end, {2, L}, L}};
  const auto expected = attention_reference(q, k, v, Array<float>({2, L, 2, 8}), 1.0, ranges);
  const auto got = forward(strided(q), strided(k), strided(v), 1.0, ranges);
  CHECK(difference(got.y, expected.y) < 6e-6);
  CHECK(difference(got.lse, expected.lse) < 6e-6);
  CHECK(got.y.values[4 * 16] == 0);  // row (0, 4) is empty
  CHECK(got.lse.values[4 * 2] == -std::numeric_limits<float>::infinity());

  // Keys that no query of a batch sees may hold anything: nothing is computed with them.
  const std::int32_t few[] = {40, 41, 42, 43, 44, 45, 40, 41, 42, 43, 44, 45};
  const KeyRanges ragged{true, 0, {}, {few, {2, L}, L}};
  const auto clean = forward(strided(q), strided(k), strided(v), 1.0, ragged);
  for (std::int64_t b = 0; b < 2; ++b)
    for (std::int64_t j = (b * S + 45) * 16; j < (b + 1) * S * 16; ++j)
      k.values[j] = v.values[j] = std::numeric_limits<float>::quiet_NaN();
  const auto dirty = forward(strided(q), strided(k), strided(v), 1.0, ragged);
  CHECK(dirty.y.values == clean.y.values);
}

TEST_CASE("decoding one query at a time equals the full forward bit for bit, for any thread count") {
  const std::int64_t B = 2, L = 150, H = 4, Hk = 2, Dk = 24, Dv = 16;
  const auto q = random_array<float>({B, L, H, Dk}, 1), k = random_array<float>({B, L, Hk, Dk}, 2);
  const auto v = random_array<float>({B, L, Hk, Dv}, 3);
  const int before = threads();
  set_threads(1);
  const auto full = forward(strided(q), strided(k), strided(v), 1.0, KeyRanges{});
  set_threads(3);
  const auto more = forward(strided(q), strided(k), strided(v), 1.0, KeyRanges{});
  CHECK(more.y.values == full.y.values);
  CHECK(more.lse.values == full.lse.values);
  for (std::int64_t i : {0, 1, 17, 127, 128, 149})
    for (std::int64_t b = 0; b < B; ++b) {
      // The cache holds i + 1 keys; the query is the last of them.
      const StridedView<const float> qi{&q.values[(b * L + i) * H * Dk], {1, 1, H, Dk}, strided(q).strides};
      const StridedView<const float> ki{&k.values[b * L * Hk * Dk], {1, i + 1, Hk, Dk}, strided(k).strides};
      const StridedView<const float> vi{&v.values[b * L * Hk * Dv], {1, i + 1, Hk, Dv}, strided(v).strides};
      const auto one = forward(qi, ki, vi, 1.0, KeyRanges{true, i, {}, {}});
      const float* expected = &full.y.values[(b * L + i) * H * Dv];
      CHECK(std::equal(one.y.values.begin(), one.y.values.end(), expected));
    }
  set_threads(before);
}

TEST_CASE("values may be the first columns of the keys: a latent cache is read in place") {
  const std::int64_t S = 140, H = 5, R = 20, Dr = 8;
  const auto q = random_array<float>({1, 1, H, R + Dr}, 1), cache = random_array<float>({1, S, 1, R + Dr}, 2);
  Array<float> latent({1, S, 1, R});
  for (std::int64_t j = 0; j < S; ++j)
    std::copy_n(&cache.values[j * (R + Dr)], R, &latent.values[j * R]);
  const KeyRanges last{true, S - 1, {}, {}};
  const StridedView<const float> columns{cache.values.data(), {1, S, 1, R}, strided(cache).strides};
  CHECK(forward(strided(q), strided(cache), columns, 0.3, last).y.values ==
        forward(strided(q), strided(cache), strided(latent), 0.3, last).y.values);
}

TEST_CASE("attention_forward keeps large scores finite and lets NaN through") {
  auto q = filled<float>({1, 3, 1, 1}, 100);
  const auto k = random_array<float>({1, 3, 1, 1}, 2), v = random_array<float>({1, 3, 1, 1}, 3);
  const auto r = forward(strided(q), strided(k), strided(v), 100.0, KeyRanges{});
  for (float x : r.y.values) CHECK(std::isfinite(x));
  q.values[1] = std::numeric_limits<float>::quiet_NaN();
  const auto bad = forward(strided(q), strided(k), strided(v), 100.0, KeyRanges{});
  CHECK(bad.y.values[0] == r.y.values[0]);
  CHECK(std::isnan(bad.y.values[1]));
  CHECK(bad.y.values[2] == r.y.values[2]);
}
