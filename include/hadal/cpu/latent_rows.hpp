// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/latent_rows.hpp>
#include <hadal/core/workspace.hpp>
#include <hadal/cpu/row.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// out[i] = scale * in[i]
template <class A, class S>
void widen_scaled(A* out, const S* in, std::int64_t n, A scale) {
  constexpr int width = lanes<A>;
  std::int64_t i = 0;
  if constexpr (std::is_same_v<A, float> && width > 1) {
    const Packet<A> factor = set1(scale);
    for (; i + width <= n; i += width) {
      if constexpr (std::is_same_v<S, std::int8_t>) {
        Vector<std::int8_t, width> narrow;
        std::memcpy(&narrow, in + i, sizeof narrow);
        store(out + i, mul(bits_as<Packet<A>>(__builtin_convertvector(narrow, Vector<float, width>)), factor));
      } else {
        store(out + i, mul(load(in + i), factor));
      }
    }
  }
  for (; i < n; ++i) out[i] = scale * static_cast<A>(in[i]);
}

/// The R + dr numbers of a record.
template <class T>
void unpack_latent(Accumulator<T>* out, const LatentLayout& layout, const unsigned char* row) {
  using A = Accumulator<T>;
  const std::int64_t R = layout.R, dr = layout.dr;
  if (layout.format == CacheFormat::full) return widen_scaled(out, reinterpret_cast<const T*>(row), R + dr, A(1));
  if (layout.format == CacheFormat::bf16) return widen_scaled(out, reinterpret_cast<const bf16*>(row), R + dr, A(1));
  float scale;
  std::memcpy(&scale, row, sizeof scale);
  widen_scaled(out, reinterpret_cast<const std::int8_t*>(row + 4 + 2 * dr), R, static_cast<A>(scale));
  widen_scaled(out + R, reinterpret_cast<const bf16*>(row + 4), dr, A(1));
}

/// The record of a token's latent c (R) and rope key kr (dr).
template <class T>
void pack_latent(unsigned char* row, const LatentLayout& layout, const T* c, const T* kr) {
  using A = Accumulator<T>;
  const std::int64_t R = layout.R, dr = layout.dr;
  const auto narrow = [](unsigned char* to, const T* from, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) reinterpret_cast<bf16*>(to)[i] = bf16(static_cast<A>(from[i]));
  };
  if (layout.format == CacheFormat::full) {
    std::copy_n(c, R, reinterpret_cast<T*>(row));
    std::copy_n(kr, dr, reinterpret_cast<T*>(row) + R);
  } else if (layout.format == CacheFormat::bf16) {
    narrow(row, c, R);
    narrow(row + 2 * R, kr, dr);
  } else {
    A most = 0;
    bool finite = true;
    for (std::int64_t i = 0; i < R; ++i) {
      most = std::max(most, std::abs(static_cast<A>(c[i])));
      finite &= std::isfinite(static_cast<A>(c[i]));
    }
    // A latent that is not finite comes back as NaN: it must not hide in a byte.
    const float scale = finite ? static_cast<float>(most) / 127 : std::numeric_limits<float>::quiet_NaN();
    const A inverse = scale > 0 ? A(1) / static_cast<A>(scale) : A(0);
    std::memcpy(row, &scale, sizeof scale);
    narrow(row + 4, kr, dr);
    auto* latent = reinterpret_cast<std::int8_t*>(row + 4 + 2 * dr);
    for (std::int64_t i = 0; i < R; ++i)
      latent[i] = static_cast<std::int8_t>(
          finite ? std::clamp(std::nearbyint(static_cast<A>(c[i]) * inverse), A(-127), A(127)) : A(0));
  }
}

}  // namespace detail

/// Writes the records of new tokens. Token (b, i) goes to position end[b, i] - 1 of its sequence; where end is 0 there
/// is no token.      c: (B, L, R)  kr: (B, L, 1, dr)  end: (B, L)
template <class T>
void store_latents(Device, const LatentRows& to, View<const T> c, View<const T> kr, View<const std::int32_t> end) {
  const std::int64_t L = c.shape[1];
  for_each_row(c.rows(), c.columns(), [&](std::int64_t r) {
    const std::int32_t position = end.data[r] - 1;
    if (position >= 0) detail::pack_latent(to.row(r / L, position), to.layout, c.row(r), kr.row(r));
  });
}

/// Reads records back: rows[b, j] = [c | kr] of token j, 0 from length[b] on.      rows: (B, S, R + dr)  length: (B)
template <class T>
void load_latents(Device, View<T> rows, const LatentRows& from, View<const std::int32_t> length) {
  using A = Accumulator<T>;
  const std::int64_t S = rows.shape[1], width = rows.columns();
  for_each_row(rows.rows(), width, [&](std::int64_t r) {
    const std::int64_t b = r / S, j = r % S;
    T* out = rows.row(r);
    if (j >= length.data[b]) {
      std::fill(out, out + width, T(A(0)));
    } else if constexpr (std::is_same_v<T, A>) {
      detail::unpack_latent<T>(out, from.layout, from.row(b, j));
    } else {
      const Scratch<A> wide(width);
      detail::unpack_latent<T>(wide.data(), from.layout, from.row(b, j));
      sweep<T>(width, [&](std::int64_t i, auto part) { write(out + i, part, read(wide.data() + i, part)); });
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
