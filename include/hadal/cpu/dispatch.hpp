// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/core/view.hpp>
#include <hadal/core/workspace.hpp>
#include <hadal/cpu/map.hpp>
#include <hadal/cpu/row.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// offsets: (E + 1)  slot_of: (N, K)  indices: (N, K). A stable counting sort of the pairs
/// (token, expert) by expert: counts per block of tokens, one pass over the counts, then every block places its own.
inline void plan_experts_forward(Device, View<std::int32_t> offsets, View<std::int32_t> slot_of,
                                 View<const std::int32_t> indices) {
  constexpr std::int64_t block = 2048;
  const std::int64_t experts = offsets.size() - 1, tokens = indices.rows(), k = indices.columns();
  const std::int64_t blocks = (tokens + block - 1) / block;
  Scratch<std::int32_t> next(blocks * experts);  // of each block and expert: first the count, then the next free slot
  parallel_tasks(blocks, [&](std::int64_t b) {
    std::int32_t* count = next.data() + b * experts;
    std::fill_n(count, experts, 0);
    for (std::int64_t n = b * block; n < std::min(tokens, (b + 1) * block); ++n)
      for (std::int64_t i = 0; i < k; ++i) {
        const std::int32_t e = indices.row(n)[i];
        HADAL_CHECK(e >= 0 && e < experts, IndexError, "plan_experts: token ", n, " chooses expert ", e, " of ",
                    experts);
        ++count[e];
      }
  });
  std::int32_t slot = 0;
  for (std::int64_t e = 0; e < experts; ++e) {
    offsets.data[e] = slot;
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::int32_t count = next[b * experts + e];
      next[b * experts + e] = slot;
      slot += count;
    }
  }
  offsets.data[experts] = slot;
  parallel_tasks(blocks, [&](std::int64_t b) {
    for (std::int64_t n = b * block; n < std::min(tokens, (b + 1) * block); ++n)
      for (std::int64_t i = 0; i < k; ++i) slot_of.row(n)[i] = next[b * experts + indices.row(n)[i]]++;
  });
}

namespace detail {

/// Rows a thread should have at least: about 100 us of memory traffic.
inline std::int64_t row_grain(std::int64_t elements) {
  return 1 + (std::int64_t{1} << 18) / std::max<std::int64_t>(elements, 1);
}

/// to = sum over i of weights[i] * from[i], the terms in the order of i.
template <class O, class T>
void weigh_rows(O* to, const Writing& writing, const T* const* from, const Accumulator<T>* weights, std::int64_t count,
                std::int64_t columns) {
  using A = Accumulator<T>;
  std::int64_t c = 0;
  for (; c + lanes<A> <= columns; c += lanes<A>) {
    Packet<A> sum = writing.add ? load(to + c) : zero<A>();
    for (std::int64_t i = 0; i < count; ++i) sum = fma(set1(weights[i]), load(from[i] + c), sum);
    if constexpr (std::is_same_v<O, float> && lanes<float> == lane_count<float>)
      if (writing.past && store_past(to + c, bits_as<Lanes<float>>(sum))) continue;
    store(to + c, sum);
  }
  for (; c < columns; ++c) {
    A sum = writing.add ? static_cast<A>(to[c]) : A{0};
    for (std::int64_t i = 0; i < count; ++i) sum += weights[i] * static_cast<A>(from[i][c]);
    to[c] = static_cast<O>(sum);
  }
}

template <class T>
Accumulator<T> row_product(const T* a, const T* b, std::int64_t columns) {
  using A = Accumulator<T>;
  return sum(sum_sweep<T>(columns, [&](std::int64_t i, auto part, const Packet<A>& sum) {
    return fma(read(a + i, part), read(b + i, part), sum);
  }));
}

}  // namespace detail

/// rows: (N * K, C)  x: (N, C)  slot_of: (N, K). rows[slot_of[n, k]] = x[n]: a row is read once for all its copies.
template <class T>
void dispatch_forward(Device, View<T> rows, View<const T> x, View<const std::int32_t> slot_of) {
  const std::int64_t columns = x.columns(), k = slot_of.columns();
  const Writing to(rows);
  parallel_for(slot_of.rows(), detail::row_grain(2 * k * columns), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n)
      for (std::int64_t i = 0; i < k; ++i) detail::copy_row(rows.row(slot_of.row(n)[i]), x.row(n), columns, to);
  });
}

/// dx: (N, C)  drows: (N * K, C)  slot_of: (N, K). dx[n] = sum over k of drows[slot_of[n, k]], in the order of k.
template <class T, class G>
void dispatch_backward(Device, GradView<G> dx, View<const T> drows, View<const std::int32_t> slot_of) {
  const std::int64_t columns = drows.columns(), k = slot_of.columns();
  const Writing to(dx);
  parallel_for(slot_of.rows(), detail::row_grain(k * columns), [&](std::int64_t begin, std::int64_t end) {
    Scratch<const T*> from(k);
    Scratch<Accumulator<T>> ones(k);
    std::fill_n(ones.data(), k, Accumulator<T>{1});
    for (std::int64_t n = begin; n < end; ++n) {
      for (std::int64_t i = 0; i < k; ++i) from[i] = drows.row(slot_of.row(n)[i]);
      detail::weigh_rows(dx.view.row(n), to, from.data(), ones.data(), k, columns);
    }
  });
}

/// y: (N, C)  rows: (N * K, C)  weights, slot_of: (N, K). y[n] = sum over k of weights[n, k] * rows[slot_of[n, k]].
template <class T>
void combine_forward(Device, View<T> y, View<const T> rows, View<const Accumulator<T>> weights,
                     View<const std::int32_t> slot_of) {
  const Writing to(y);
  const std::int64_t columns = rows.columns(), k = slot_of.columns();
  parallel_for(slot_of.rows(), detail::row_grain(k * columns), [&](std::int64_t begin, std::int64_t end) {
    Scratch<const T*> from(k);
    for (std::int64_t n = begin; n < end; ++n) {
      for (std::int64_t i = 0; i < k; ++i) from[i] = rows.row(slot_of.row(n)[i]);
      detail::weigh_rows(y.row(n), to, from.data(), weights.row(n), k, columns);
    }
  });
}

/// drows[slot_of[n, k]] = weights[n, k] * dy[n]; dweights[n, k] = dy[n] . rows[slot_of[n, k]].
template <class T, class G>
void combine_backward(Device, GradView<G> drows, GradView<Accumulator<T>> dweights, View<const T> dy,
                      View<const T> rows, View<const Accumulator<T>> weights, View<const std::int32_t> slot_of) {
  const Writing to(drows);
  const std::int64_t columns = rows.columns(), k = slot_of.columns();
  parallel_for(slot_of.rows(), detail::row_grain(k * columns), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const T* d = dy.row(n);
      for (std::int64_t i = 0; i < k; ++i) {
        const std::int64_t slot = slot_of.row(n)[i];
        if (drows) detail::weigh_rows(drows.view.row(slot), to, &d, weights.row(n) + i, 1, columns);
        if (dweights) {
          Accumulator<T>& dw = dweights.view.row(n)[i];
          const Accumulator<T> product = detail::row_product(d, rows.row(slot), columns);
          dw = dweights.add ? dw + product : product;
        }
      }
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
