// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/latent_attention.hpp>

#include <hadal/core/runtime.hpp>

#include <cpu/attention_reference.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

namespace {

/// Attention over a filled cache of slots, ragged: z, and the same from the rows read back.
template <class T>
struct Ragged {
  static constexpr std::int64_t B = 3, L = 2, H = 3, R = 19, dr = 6, capacity = 300, S = 280;
  const std::int32_t slots[B] = {1, 3, 0}, length[B] = {5, 280, 131}, end[B * L] = {4, 5, 280, 0, 130, 131};
  std::vector<double> memory;
  LatentRows rows;
  Array<T> q = random_array<T>({B, L, H, R + dr}, 5);

  explicit Ragged(CacheFormat format) {
    const LatentLayout layout{format, R, dr, sizeof(T)};
    memory.assign(static_cast<std::size_t>(4 * capacity * layout.row_bytes()) / 8 + 1, 0);
    std::fill(memory.begin(), memory.end(), std::numeric_limits<double>::quiet_NaN());  // not to be read
    rows = {reinterpret_cast<unsigned char*>(memory.data()), layout, capacity, {slots, {B}, B}};
    std::vector<std::int32_t> all;
    for (std::int64_t b = 0; b < B; ++b)
      for (std::int32_t j = 0; j < S; ++j) all.push_back(j < length[b] ? j + 1 : 0);
    const auto c = random_array<T>({B, S, R}, 6), kr = random_array<T>({B, S, 1, dr}, 7);
    cpu::store_latents<T>(Cpu{}, rows, c.view(), kr.view(), {all.data(), {B, S}, S});
  }
  Array<T> attend(std::int64_t from = 0, std::int64_t count = B) {
    Array<T> z({count, L, H, R});
    LatentRows some = rows;
    some.slots = {slots + from, {count}, count};
    cpu::latent_attention_forward<T>(
        Cpu{}, z.view(), {&q.at(from * L * H, 0), {count, L, H, R + dr}, dense_strides({count, L, H, R + dr})}, some,
        {end + from * L, {count, L}, L}, 0.7);
    return z;
  }
};

}  // namespace

TEST_CASE_TEMPLATE("latent attention: equals attention over the rows read back, bit for bit", T, float, double, bf16) {
  using A = Accumulator<T>;
  for (const CacheFormat format : {CacheFormat::full, CacheFormat::bf16, CacheFormat::int8}) {
    Ragged<T> r(format);
    const Array<T> z = r.attend();
    // In the accumulator's type, in which the kernel works: an 8-bit record is not rounded to bf16 on the way.
    Array<A> back({r.B, r.S, 1, r.R + r.dr}), wide_q(r.q.shape), y({r.B, r.L, r.H, r.R}), lse({r.B, r.L, r.H});
    for (std::int64_t b = 0; b < r.B; ++b)
      for (std::int64_t j = 0; j < r.length[b]; ++j)
        cpu::detail::unpack_latent<T>(&back.at(b * r.S + j, 0), r.rows.layout, r.rows.row(b, j));
    for (std::size_t i = 0; i < r.q.values.size(); ++i) wide_q.values[i] = static_cast<A>(r.q.values[i]);
    StridedView<const A> k = strided(back), v = k;
    v.shape[3] = r.R;
    cpu::attention_forward<A>(Cpu{}, y.view(), lse.view(), strided(wide_q), k, v, 0.7,
                              KeyRanges{false, 0, {}, {r.end, {r.B, r.L}, r.L}});
    std::int64_t differ = 0;
    for (std::size_t i = 0; i < y.values.size(); ++i) differ += z.values[i] != T(y.values[i]);
    CHECK(differ == 0);
    for (std::int64_t h = 0; h < r.H; ++h) CHECK(z((1 * r.L + 1) * r.H + h, 0) == 0);  // padding
  }
}

TEST_CASE("latent attention: a sequence's result depends neither on its neighbours nor on the threads") {
  Ragged<float> r(CacheFormat::full);
  const auto all = r.attend();
  const int before = threads();
  set_threads(2);
  CHECK(r.attend().values == all.values);
  set_threads(before);
  for (std::int64_t b = 0; b < r.B; ++b) {
    const auto one = r.attend(b, 1);
    const auto n = static_cast<std::ptrdiff_t>(one.values.size());
    CHECK(one.values == std::vector<float>(all.values.begin() + b * n, all.values.begin() + (b + 1) * n));
  }
}
