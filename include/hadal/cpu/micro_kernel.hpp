// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/ahead.hpp>
#include <hadal/cpu/packet.hpp>
#include <hadal/cpu/writing.hpp>

#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// The block of C that is kept in registers: `height` rows of `vectors` packets, as large as the registers allow.
template <class T>
struct RegisterTile {
  static constexpr int vectors = 2;
  static constexpr int height = vector_registers >= 32 ? 12 : 6;
  static constexpr int width = vectors * lanes<T>;
};

/// Rows of the next panel when `rows` are left. Few heights keep few kernels; multiples of 4 are cut without a rest.
template <class T>
constexpr int panel_height(std::int64_t rows) {
  if (rows >= RegisterTile<T>::height) return RegisterTile<T>::height;
  return rows >= 8 ? 8 : rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
}

/// Where a tile of C goes: rows of `columns` elements, `stride` apart. `add` adds to what is there; `bias` (one value a
/// column) may be null. `past` writes past the caches: then T is float, there is nothing to add, no bias, and rows are
/// aligned to cache lines.
template <class T>
struct TileOutput {
  T* c;
  std::int64_t stride;
  int columns;
  bool add;
  const T* bias;
  bool past = false;
};

/// H rows of A, packed or where they lie: element (i, k) at data[i * row_stride + k * step].
template <class T>
struct TileInput {
  const T* data;
  std::int64_t row_stride, step;
};

/// One tile: C (+)= A B (+ bias)      A: (H, depth)      B: (depth, V lanes), row k at b + k * b_step
/// Every element is the sum over the depth in ascending order, whatever H and V are. `packed`: so are A and B, which
/// leaves one pointer each to move. Asks for what lies `ahead` meanwhile.
template <int H, int V, bool packed, class T>
[[gnu::noinline]] void micro_kernel(std::int64_t depth, const TileInput<T>& a, const T* b, std::int64_t b_step,
                                   const TileOutput<T>& out, Ahead& ahead) {
  using P = Packet<T>;
  // Addressing modes reach three rows from one pointer, or all when their distance is known.
  constexpr int n = lanes<T>, reach = packed ? H : 3, pointers = (H + reach - 1) / reach;
  const std::int64_t row_stride = packed ? 1 : a.row_stride, step = packed ? H : a.step;
  if constexpr (packed) b_step = V * n;
  const T* rows[pointers];
#pragma GCC unroll 4
  for (int i = 0; i < pointers; ++i) rows[i] = a.data + reach * i * row_stride;
  // What is written past the caches stays out of them.
  if (!out.past)
#pragma GCC unroll 16
    for (int i = 0; i < H; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) __builtin_prefetch(out.c + i * out.stride + v * n);
  P sum[H][V];
#pragma GCC unroll 16
  for (int i = 0; i < H; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[i][v] = zero<T>();

  const std::int64_t when = ahead.empty() ? -1 : ahead.interval() - 1;  // the bits of depth that are 0 then
  for (; depth > 0; --depth, b += b_step) {
    if ((depth & when) == 0) ahead.ask();
    P y[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      y[v] = load(b + v * n);
      pin(y[v]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < H; ++i) {
      P x = set1(rows[i / reach][i % reach * row_stride]);
      pin(x);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[i][v] = fma(x, y[v], sum[i][v]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < pointers; ++i) rows[i] += step;
  }

  // Past the caches go whole lines.
  constexpr bool can_pass = std::is_same_v<T, float> && sizeof(P) == lane_bytes && V * sizeof(P) % 64 == 0;
  if (can_pass && out.past && out.columns == V * n) {
#pragma GCC unroll 16
    for (int i = 0; i < H; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v)
        if constexpr (can_pass) {
          T* to = out.c + i * out.stride + v * n;
          if (!detail::store_past(to, detail::bits_as<Lanes<float>>(sum[i][v]))) store(to, sum[i][v]);
        }
  } else if (out.columns == V * n) {
    T* row = out.c;
    const std::int64_t stride = out.stride;
    const T* const bias = out.bias;
    const bool add = out.add;
    if (!add && !bias) {
#pragma GCC unroll 16
      for (int i = 0; i < H; ++i, row += stride)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) store(row + v * n, sum[i][v]);
      return;
    }
#pragma GCC unroll 16
    for (int i = 0; i < H; ++i, row += stride) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        P s = add ? cpu::add(load(row + v * n), sum[i][v]) : sum[i][v];
        if (bias) s = cpu::add(s, load(bias + v * n));
        store(row + v * n, s);
      }
    }
  } else {
    alignas(64) T rest[H * V * n];
#pragma GCC unroll 16
    for (int i = 0; i < H; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) store(rest + (i * V + v) * n, sum[i][v]);
    for (int i = 0; i < H; ++i) {
      T* row = out.c + i * out.stride;
      for (int j = 0; j < out.columns; ++j) {
        T s = out.add ? row[j] + rest[i * V * n + j] : rest[i * V * n + j];
        row[j] = out.bias ? s + out.bias[j] : s;
      }
    }
  }
}

/// The kernel of a panel's height (from panel_height), for V packets of columns.
template <int V, class T>
auto micro_kernel_of(int height, bool packed) {
  constexpr int most = RegisterTile<T>::height;
  switch (height) {
    case most: return V == 2 && packed ? micro_kernel<most, V, V == 2, T> : micro_kernel<most, V, false, T>;
    case 8:
      if constexpr (most > 8) return micro_kernel<8, V, false, T>;
      break;
    case 4: return micro_kernel<4, V, false, T>;
    case 2: return micro_kernel<2, V, false, T>;
  }
  return micro_kernel<1, V, false, T>;
}

/// Tiles that are made one after another, and how far each one's A, B, C and bias are from the last one's.
struct TileWalk {
  std::int64_t tiles = 1, a = 0, b = 0, c = 0, bias = 0;
};

/// Runs the kernel of a height, for one or two packets of columns, on some tiles.
template <int V, class T>
void run_micro_kernel(int height, std::int64_t depth, TileInput<T> a, const T* b, std::int64_t b_step,
                      TileOutput<T> out, const TileWalk& walk, Ahead& ahead) {
  constexpr int most = RegisterTile<T>::height;
  const bool packed = a.row_stride == 1 && a.step == most && b_step == V * lanes<T>;
  const auto kernel = micro_kernel_of<V, T>(height, packed);
  for (std::int64_t tile = 0; tile < walk.tiles; ++tile) {
    kernel(depth, a, b, b_step, out, ahead);
    a.data += walk.a, b += walk.b, out.c += walk.c;
    if (out.bias) out.bias += walk.bias;
  }
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
