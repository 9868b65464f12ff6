// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/core/runtime.hpp>
#include <hadal/cpu/float8.hpp>

#include <cmath>
#include <cstring>
#include <vector>

using namespace hadal;

namespace {

template <class T>
View<T> dense(T* data, Shape shape) {
  return {data, shape, shape.columns()};
}
/// Numbers of many magnitudes, some of them zero.
template <class T>
std::vector<T> numbers(std::int64_t n) {
  std::vector<T> v;
  for (std::int64_t i = 0; i < n; ++i)
    v.push_back(static_cast<T>(
        static_cast<float>(std::ldexp(static_cast<double>(i * 37 % 101 - 50), static_cast<int>(i % 11) - 12))));
  return v;
}

template <class T>
void check_both_ways(std::int64_t rows, std::int64_t columns, const Fp8Blocks& blocks) {
  CAPTURE(rows);
  CAPTURE(columns);
  const auto w = numbers<T>(rows * columns);
  const std::int64_t down = blocks.down(rows), across = blocks.across(columns);
  std::vector<float> scale(static_cast<std::size_t>(down * across), -1), expected(scale.size(), 0);
  std::vector<e4m3> q(w.size());
  std::vector<T> back(w.size());
  const View<const T> wv = dense<const T>(w.data(), {rows, columns});
  cpu::block_scales(Cpu{}, dense(scale.data(), {down, across}), wv, blocks);
  const auto block_of = [&](std::int64_t i) {
    return static_cast<std::size_t>(i / columns / blocks.rows * across + i % columns / blocks.columns);
  };
  for (std::int64_t i = 0; i < rows * columns; ++i)
    expected[block_of(i)] =
        std::max(expected[block_of(i)], std::abs(static_cast<float>(w[static_cast<std::size_t>(i)])));
  for (float& e : expected) e = blocks.scale(e);
  CHECK(scale == expected);
  const View<const float> sv = dense<const float>(scale.data(), {down, across});
  cpu::quantize(Cpu{}, dense(q.data(), {rows, columns}), wv, sv, blocks);
  cpu::dequantize(Cpu{}, dense(back.data(), {rows, columns}), dense<const e4m3>(q.data(), {rows, columns}), sv, blocks);
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float s = scale[block_of(i)];
    if (q[at].bits != e4m3(static_cast<float>(w[at]) / s).bits) FAIL_CHECK("q of " << i);
    const auto product =
        static_cast<T>(static_cast<Accumulator<T>>(static_cast<float>(q[at])) * static_cast<Accumulator<T>>(s));
    if (std::memcmp(&back[at], &product, sizeof(T)) != 0) FAIL_CHECK("value of " << i);
  }
}

}  // namespace

TEST_CASE("FP8: blocks and their ragged edges, on any number of threads") {
  const int before = threads();
  for (int count : {1, 3}) {
    set_threads(count);
    check_both_ways<float>(300, 290, {});
    check_both_ways<bf16>(130, 257, {128, 128, true});
  }
  set_threads(before);
  check_both_ways<half>(5, 67, {2, 33, false});
  check_both_ways<double>(3, 5, {2, 2, false});
  check_both_ways<float>(1, 1, {});
}

TEST_CASE("FP8: lanes agree with the scalars for every e4m3 and around every float that matters") {
  std::vector<e4m3> all(256);
  for (unsigned i = 0; i < 256; ++i) all[i].bits = static_cast<std::uint8_t>(i);
  const float one = 1;
  float wide[256];
  cpu::dequantize(Cpu{}, dense(wide, {1, 256}), dense<const e4m3>(all.data(), {1, 256}), dense(&one, {1, 1}),
                  {1, 256, false});
  for (unsigned i = 0; i < 256; ++i) {
    const float v = all[i];
    if (std::isnan(v) ? !std::isnan(wide[i]) : std::memcmp(&wide[i], &v, 4) != 0) FAIL_CHECK("bits " << i);
  }
  std::vector<float> x;
  for (std::uint32_t u = 0; u < 0x80000000u; u += 0x10001u)  // every upper half, with and without a rest
    for (std::uint32_t v : {u, u & 0xffff0000u, u | 0x80000000u}) x.push_back(__builtin_bit_cast(float, v));
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<e4m3> q(x.size());
  cpu::quantize(Cpu{}, dense(q.data(), {1, n}), dense<const float>(x.data(), {1, n}), dense(&one, {1, 1}),
                {1, n, false});
  for (std::size_t i = 0; i < x.size(); ++i)
    if (q[i].bits != e4m3(x[i]).bits) FAIL_CHECK("e4m3 of " << x[i]);
}

namespace {
template <class T>
void check_recovered() {
  constexpr std::int64_t rows = 40, columns = 64;
  const Fp8Blocks blocks{16, 16, false};
  std::vector<e4m3> q(rows * columns), q2(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    q[i].bits = static_cast<std::uint8_t>(i * 89 % 127 | (i & 1) << 7);
    if (i / columns % 16 == 0 && i % 16 == 0)
      q[i] = e4m3(448.0f);  // as every block has it that was scaled by its largest
  }
  std::vector<float> scale(12), scale2(12);
  for (std::size_t i = 0; i < 12; ++i) scale[i] = 0.1f * static_cast<float>(i + 1) / 7;
  std::vector<T> w(q.size()), w2(q.size());
  cpu::dequantize(Cpu{}, dense(w.data(), {rows, columns}), dense<const e4m3>(q.data(), {rows, columns}),
                  dense<const float>(scale.data(), {3, 4}), blocks);
  cpu::block_scales(Cpu{}, dense(scale2.data(), {3, 4}), dense<const T>(w.data(), {rows, columns}), blocks);
  cpu::quantize(Cpu{}, dense(q2.data(), {rows, columns}), dense<const T>(w.data(), {rows, columns}),
                dense<const float>(scale2.data(), {3, 4}), blocks);
  cpu::dequantize(Cpu{}, dense(w2.data(), {rows, columns}), dense<const e4m3>(q2.data(), {rows, columns}),
                  dense<const float>(scale2.data(), {3, 4}), blocks);
  CHECK(std::memcmp(w.data(), w2.data(), w.size() * sizeof(T)) == 0);
  for (std::size_t i = 0; i < q.size(); ++i)
    if (q[i].bits != q2[i].bits && static_cast<float>(q[i]) != 0) FAIL_CHECK("q of " << i);
  if constexpr (std::is_floating_point_v<T>) CHECK(scale == scale2);
}
}  // namespace

TEST_CASE("FP8: weights that came from FP8 go back to it unchanged") {
  check_recovered<float>();
  check_recovered<double>();
  check_recovered<bf16>();
  check_recovered<half>();
}
