// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/latent_rows.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE_TEMPLATE("latent rows: what is stored comes back, rounded as the format says", T, float, double, bf16) {
  using A = Accumulator<T>;
  const std::int64_t B = 2, L = 3, R = 21, dr = 6, capacity = 5;
  for (const CacheFormat format : {CacheFormat::full, CacheFormat::bf16, CacheFormat::int8}) {
    const LatentLayout layout{format, R, dr, sizeof(T)};
    std::vector<float> memory(static_cast<std::size_t>(3 * capacity * layout.row_bytes() / 4 + 1), -77.0f);
    const std::int32_t slots[] = {2, 0}, end[] = {2, 3, 0, 1, 0, 0}, length[] = {3, 1};  // the first has one already
    const LatentRows rows{reinterpret_cast<unsigned char*>(memory.data()), layout, capacity, {slots, {B}, B}};
    const std::int32_t first_end[] = {1, 0};
    auto c = random_array<T>({B, L, R}, 1, 3, 4);
    const auto kr = random_array<T>({B, L, 1, dr}, 2, 1, 1);
    std::fill_n(&c.at(3, 0), R, T(A(0)));  // a scale of 0
    const auto first = random_array<T>({B, 1, R}, 3), first_kr = random_array<T>({B, 1, 1, dr}, 4);
    cpu::store_latents<T>(Cpu{}, rows, first.view(), first_kr.view(), {first_end, {B, 1}, 1});
    cpu::store_latents<T>(Cpu{}, rows, c.view(), kr.view(), {end, {B, L}, L});
    Array<T> back({B, 4, R + dr}, 3);
    cpu::load_latents<T>(Cpu{}, back.view(), rows, {length, {B}, B});

    const auto check = [&](std::int64_t row, const Array<T>& latent, const Array<T>& key, std::int64_t from) {
      double most = 0;
      for (std::int64_t i = 0; i < R; ++i) most = std::max(most, std::abs(latent(from, i)));
      for (std::int64_t i = 0; i < R; ++i) {
        const double x = latent(from, i), error = std::abs(back(row, i) - x);
        if (format == CacheFormat::full) CHECK(error == 0);
        else if (format == CacheFormat::bf16) CHECK(error <= 0x1p-8 * std::abs(x));
        // Half a step; the scale's rounding to float and the result's to T beside it.
        else CHECK(error <= most / 254 * 1.001 + rounding<T> * std::abs(x));
      }
      for (std::int64_t i = 0; i < dr; ++i) {
        const double x = key(from, i), error = std::abs(back(row, R + i) - x);
        CHECK(error <= (format == CacheFormat::full ? 0 : 0x1p-8 * std::abs(x)));
      }
    };
    check(0, first, first_kr, 0);
    check(1, c, kr, 0);
    check(2, c, kr, 1);
    check(4, c, kr, 3);
    for (const std::int64_t row : {3, 5, 6, 7})  // past the ends
      for (std::int64_t i = 0; i < R + dr; ++i) CHECK(back(row, i) == 0);
    // The slot in between was not touched.
    CHECK(memory[static_cast<std::size_t>(capacity * layout.row_bytes() / 4 + 1)] == -77.0f);
  }
}

TEST_CASE("latent rows: what is not finite comes back as NaN") {
  const LatentLayout layout{CacheFormat::int8, 3, 2, 4};
  alignas(4) unsigned char row[12];
  const float key[] = {1, 2};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const float c[] = {1, bad, 2};
    float back[5];
    cpu::detail::pack_latent(row, layout, c, key);
    cpu::detail::unpack_latent<float>(back, layout, row);
    for (int i = 0; i < 3; ++i) CHECK(std::isnan(back[i]));
    CHECK(back[4] == 2);
  }
}
