// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/packed.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/view.hpp>
#include <hadal/core/workspace.hpp>
#include <hadal/cpu/byte_dot.hpp>
#include <hadal/cpu/grouped_matmul.hpp>
#include <hadal/cpu/lanes.hpp>
#include <hadal/cpu/linear.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

// Products with packed weights. With bytes and half bytes, activations are rounded to bytes too, a scale for every row,
// and multiplied as integers. One kernel serves every number of rows, so a row's result does not depend on how many
// there are. Panels of a weight's type give the bits that the weight gave.

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// The scale by which `most` is `steps`, and its inverse. Numbers below 2^-100 count as zeros, which have no scale;
/// where something is not finite, all is NaN.
struct ByteScale {
  float scale, inverse;
};
inline ByteScale byte_scale(float most, bool finite, float steps) {
  if (!finite) return {std::numeric_limits<float>::quiet_NaN(), 0};
  if (std::abs(most) < 0x1p-100f) return {0, 0};
  return {most / steps, steps / most};
}

/// A row as floats, padded with zeros to whole blocks.
template <class T>
void float_row(float* out, const T* row, std::int64_t n, std::int64_t padded) {
  std::int64_t i = 0;
  if constexpr (std::is_same_v<Accumulator<T>, float>)
    for (; i + lane_count<float> <= n; i += lane_count<float>) store_lanes(out + i, load_lanes(row + i));
  for (; i < n; ++i) out[i] = static_cast<float>(row[i]);
  std::fill(out + n, out + padded, 0.0f);
}

/// The largest |x|, and whether all of them are finite.
inline float largest_magnitude(const float* x, std::int64_t n, bool& finite) {
  using V = Lanes<float>;
  V most = {}, zero = {};
  for (std::int64_t i = 0; i < n; i += lane_count<float>) {
    const V v = load_lanes(x + i), a = v < 0 ? -v : v;
    most = a > most ? a : most;
    zero += v - v;  // NaN once something is not finite
  }
  finite = add_lanes<float>(zero) == 0;
  float part[lane_count<float>];
  store_lanes(part, most);
  return *std::max_element(part, part + lane_count<float>);
}

/// bytes = x / scale, rounded to nearest even; returns the scale. n is a multiple of 64.
inline float round_to_bytes(std::int8_t* bytes, const float* x, std::int64_t n) {
  bool finite;
  const float most = largest_magnitude(x, n, finite);
  const ByteScale s = byte_scale(most, finite, 127);
  constexpr float magic = 0x1.8p23f;  // added to a small number it leaves the nearest integer in the last bits
  for (std::int64_t i = 0; i < n; i += lane_count<float>) {
    const Lanes<float> shifted = (finite ? load_lanes(x + i) : Lanes<float>{}) * s.inverse + magic;
    const auto integers = __builtin_bit_cast(LanesOf<std::int32_t>::type, shifted) - 0x4b400000;
    const auto narrow = __builtin_convertvector(integers, LanesOf<std::int8_t, lane_count<float>>::type);
    __builtin_memcpy(bytes + i, &narrow, sizeof narrow);
  }
  return s.scale;
}

/// Blocks of int4; n is a multiple of 64.
inline void round_to_nibbles(unsigned char* out, bf16* scales, const float* x, std::int64_t n) {
  constexpr std::int64_t block = PackedMatrix::block;
  for (std::int64_t b = 0; b < n; b += block, out += block / 2) {
    float most = 0;
    bool finite = true;
    for (std::int64_t i = 0; i < block; ++i) {
      if (std::abs(x[b + i]) > std::abs(most)) most = x[b + i];
      finite &= std::isfinite(x[b + i]);
    }
    const bf16 scale(byte_scale(most, finite, -8).scale);
    const auto rounded = static_cast<float>(scale);
    const float inverse = finite && rounded != 0 ? 1 / rounded : 0.0f;
    scales[b / block] = scale;
    const auto nibble = [&](std::int64_t i) {
      const float q = finite ? std::nearbyint(x[b + i] * inverse) : 0.0f;
      return static_cast<unsigned>(std::clamp(q, -8.0f, 7.0f) + 8);
    };
    for (std::int64_t i = 0; i < block / 2; ++i)
      out[i] = static_cast<unsigned char>(nibble(i) | nibble(i + block / 2) << 4);
  }
}

/// Rows of activations as bytes.
struct ByteRows {
  const std::int8_t* data;
  const float* scales;
  std::int64_t stride;
};

/// Rows of W are asked for this many bytes before they are needed.
inline constexpr std::int64_t bytes_ahead = 4096;

/// out[i] = x . w_i for W rows of bytes.
template <int W>
void dot_int8(float* out, const std::int8_t* x, float scale, const PackedMatrix& m, std::int64_t e,
              const std::int64_t* rows) {
  constexpr int parts = 64 / byte_chunk;
  const unsigned char* w[W];
  Ints sum[W][parts] = {};
  for (int i = 0; i < W; ++i) w[i] = m.row(e, rows[i]);
  for (std::int64_t k = 0; k < m.row_bytes(); k += 64) {
#pragma GCC unroll 4
    for (int i = 0; i < W; ++i) __builtin_prefetch(w[i] + k + bytes_ahead);
#pragma GCC unroll 4
    for (int p = 0; p < parts; ++p) {
      const SignedBytes v = load_bytes<SignedBytes>(x + k + p * byte_chunk);
      const SignedBytes negative = v < 0;
      const auto magnitude = __builtin_bit_cast(UnsignedBytes, (v ^ negative) - negative);
#pragma GCC unroll 4
      for (int i = 0; i < W; ++i) {
        const SignedBytes y = load_bytes<SignedBytes>(w[i] + k + p * byte_chunk);
        sum[i][p] = add_byte_products(sum[i][p], magnitude, (y ^ negative) - negative);
      }
    }
  }
  for (int i = 0; i < W; ++i) {
    Ints all = sum[i][0];
    for (int p = 1; p < parts; ++p) all += sum[i][p];
    std::int32_t total = 0;
    for (int l = 0; l < byte_chunk / 4; ++l) total += all[l];
    float row_scale;
    __builtin_memcpy(&row_scale, m.scales(e, rows[i]), sizeof row_scale);
    out[i] = static_cast<float>(total) * (row_scale * scale);
  }
}

/// The same for rows of int4: sums inside a block are integers, sums of blocks are float, in order.
template <int W>
void dot_int4(float* out, const std::int8_t* x, float scale, const PackedMatrix& m, std::int64_t e,
              const std::int64_t* rows) {
  const unsigned char* w[W];
  const unsigned char* scales[W];
  Floats sum[W] = {};
  for (int i = 0; i < W; ++i) w[i] = m.row(e, rows[i]), scales[i] = m.scales(e, rows[i]);
  const UnsignedBytes eight = UnsignedBytes{} + 8;
  for (std::int64_t b = 0; b < m.blocks(); ++b) {
    Ints offset = {}, dot[W] = {};
    if (b % 2 == 0)
#pragma GCC unroll 4
      for (int i = 0; i < W; ++i) __builtin_prefetch(w[i] + 32 * b + bytes_ahead);
#pragma GCC unroll 2
    for (int p = 0; p < 32; p += byte_chunk) {
      const auto low = load_bytes<SignedBytes>(x + 64 * b + p), high = load_bytes<SignedBytes>(x + 64 * b + 32 + p);
      offset = add_byte_products(add_byte_products(offset, eight, low), eight, high);
#pragma GCC unroll 4
      for (int i = 0; i < W; ++i) {
        const auto y = load_bytes<UnsignedBytes>(w[i] + 32 * b + p);
        dot[i] = add_byte_products(add_byte_products(dot[i], y & 15, low), y >> 4, high);
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < W; ++i) {
      bf16 s;
      __builtin_memcpy(static_cast<void*>(&s), scales[i] + 2 * b, sizeof s);
      sum[i] += __builtin_convertvector(dot[i] - offset, Floats) * static_cast<float>(s);
    }
  }
  for (int i = 0; i < W; ++i) {
    float total = 0;
    for (int l = 0; l < byte_chunk / 4; ++l) total += sum[i][l];
    out[i] = total * scale;
  }
}

/// Columns [begin, end) of x_r W_e^T for rows [first, last) of x. Some rows of W are walked at a time, far apart: for
/// one row of x two, the streams that memory reads best; for several four, which share what they read of x.
template <class T, class TB>
void packed_task(const View<T>& y, const ByteRows& x, std::int64_t first, std::int64_t last, const PackedMatrix& m,
                 std::int64_t e, std::int64_t begin, std::int64_t end, const TB* bias) {
  const auto columns = [&](auto count, const std::int64_t* j) {
    constexpr int W = decltype(count)::value;
    for (std::int64_t r = first; r < last; ++r) {
      float out[W];
      if (m.format == PackedFormat::int8)
        dot_int8<W>(out, x.data + r * x.stride, x.scales[r], m, e, j);
      else
        dot_int4<W>(out, x.data + r * x.stride, x.scales[r], m, e, j);
      for (int i = 0; i < W; ++i)
        y.row(r)[j[i]] = static_cast<T>(bias ? out[i] + static_cast<float>(bias[j[i]]) : out[i]);
    }
  };
  const auto walk = [&](auto count) {
    constexpr int W = decltype(count)::value;
    const std::int64_t apart = (end - begin) / W;
    for (std::int64_t j = begin; j < begin + apart; ++j) {
      std::int64_t at[W];
      for (int i = 0; i < W; ++i) at[i] = j + i * apart;
      columns(count, at);
    }
    for (std::int64_t j = begin + W * apart; j < end; ++j) columns(std::integral_constant<int, 1>{}, &j);
  };
  if (last - first == 1) walk(std::integral_constant<int, 2>{});
  else walk(std::integral_constant<int, 4>{});
}

/// Rows offsets[e] .. offsets[e + 1] of x times matrix e.
template <class T, class TB>
void packed_products(const View<T>& y, const View<const T>& x, const PackedMatrix& m, const std::int32_t* offsets,
                     const TB* bias) {
  const std::int64_t N = x.rows(), stride = m.blocks() * PackedMatrix::block;
  const Scratch<std::int8_t> bytes(N * stride);
  const Scratch<float> scales(N), wide(stride);
  for (std::int64_t r = 0; r < N; ++r) {
    float_row(wide.data(), x.row(r), m.in, stride);
    scales[r] = round_to_bytes(bytes + r * stride, wide, stride);
  }
  std::int64_t used = 0;
  for (std::int64_t e = 0; e < m.E; ++e) used += offsets[e + 1] > offsets[e];
  if (used == 0) return;
  // A second thread pays from about 100 us on: that is 2 MB read, or 4 M multiply-adds.
  const std::int64_t work = std::max(used * m.out * m.row_bytes(), N * m.out * stride / 2);
  const std::int64_t threads = work < (std::int64_t{1} << 21) ? 1 : executor().threads();
  const std::int64_t pieces = threads == 1 ? 1 : std::max<std::int64_t>(4 * threads / used, 1);
  const ByteRows rows{bytes, scales, stride};
  const auto run = [&](std::int64_t task) {
    const std::int64_t e = task / pieces, p = task % pieces;
    if (offsets[e] < offsets[e + 1])
      packed_task(y, rows, offsets[e], offsets[e + 1], m, e, m.out * p / pieces, m.out * (p + 1) / pieces, bias);
  };
  if (threads > 1) return parallel_tasks(m.E * pieces, run);
  for (std::int64_t task = 0; task < m.E * pieces; ++task) run(task);
}

}  // namespace detail

namespace detail {

/// W^T of matrix e, which is packed as panels.
template <class W>
Panels<W> panels_of(const PackedMatrix& m, std::int64_t e) {
  return {reinterpret_cast<const W*>(m.data + e * m.panel_bytes()), m.in, m.out};
}

}  // namespace detail

/// Packs matrices.      weight: (E, out, in), with any strides of the first two axes
template <class T>
void pack_matrix(Device, const PackedMatrix& to, StridedView<const T> weight) {
  if (to.format == PackedFormat::panels) {
    for (std::int64_t e = 0; e < to.E; ++e)
      pack_beforehand(reinterpret_cast<T*>(to.data + e * to.panel_bytes()),
                      detail::matrix_of_group(weight, e).transposed());
    return;
  }
  const std::int64_t padded = to.blocks() * PackedMatrix::block;
  parallel_for(to.E * to.out, 16, [&](std::int64_t begin, std::int64_t end) {
    const Scratch<float> wide(padded);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t e = i / to.out, j = i % to.out;
      const T* row = weight.data + e * weight.strides[0] + j * weight.strides[1];
      detail::float_row(wide.data(), row, to.in, padded);
      if (to.format == PackedFormat::int8) {
        const float scale = detail::round_to_bytes(reinterpret_cast<std::int8_t*>(to.row(e, j)), wide, padded);
        __builtin_memcpy(to.scales(e, j), &scale, sizeof scale);
      } else {
        detail::round_to_nibbles(to.row(e, j), reinterpret_cast<bf16*>(to.scales(e, j)), wide, padded);
      }
    }
  });
}

/// The numbers that packed weights stand for.      weight: (E, out, in), dense; of panels, in their type
template <class T>
void unpack_matrix(Device, View<T> weight, const PackedMatrix& from) {
  for (std::int64_t e = 0; e < from.E; ++e)
    for (std::int64_t j = 0; j < from.out; ++j) {
      const unsigned char *row = from.row(e, j), *scales = from.scales(e, j);
      T* to = weight.row(e * from.out + j);
      for (std::int64_t k = 0; k < from.in; ++k) {
        if (from.format == PackedFormat::panels) {
          to[k] = detail::panels_of<T>(from, e).value(k, j);
        } else if (from.format == PackedFormat::int8) {
          float scale;
          __builtin_memcpy(&scale, scales, sizeof scale);
          to[k] = static_cast<T>(scale * static_cast<float>(static_cast<signed char>(row[k])));
        } else {
          const std::int64_t b = k / 64, i = k % 64;
          const int byte = row[32 * b + i % 32];
          to[k] = static_cast<T>(static_cast<float>(reinterpret_cast<const bf16*>(scales)[b]) *
                                 static_cast<float>((i < 32 ? byte & 15 : byte >> 4) - 8));
        }
      }
    }
}

/// y = x W^T + b        x: (..., in)  weight: (1, out, in), of W  bias: (out) or empty  y: (..., out)
template <class T, class W>
void packed_linear_forward(Device device, View<T> y, View<const T> x, const PackedMatrix& weight, View<const W> bias) {
  if (weight.format == PackedFormat::panels)
    return linear_forward(device, y, x, detail::panels_of<W>(weight, 0), bias);
  const std::int32_t offsets[] = {0, static_cast<std::int32_t>(x.rows())};
  detail::packed_products(y, x, weight, offsets, bias.data);
}

/// y_e = x_e W_e^T for the rows of each group, as grouped_linear_forward, for weights of W.
template <class W, class T>
void packed_grouped_linear_forward(Device, View<T> y, View<const T> x, const PackedMatrix& weight,
                                   View<const std::int32_t> offsets) {
  detail::check_offsets(offsets, x.rows());
  if (weight.format == PackedFormat::panels)
    return detail::grouped_products<T>(weight.E, false, [&](std::int64_t e) {
      return detail::Operands<T, T, W>{detail::rows_of_group(y, offsets, e), detail::rows_of_group(x, offsets, e),
                                       Matrix<const W>{nullptr, weight.in, weight.out, 0, 0},
                                       detail::panels_of<W>(weight, e)};
    });
  detail::packed_products(y, x, weight, offsets.data, static_cast<const T*>(nullptr));
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
