// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>
#include <hadal/cpu/ids.hpp>

#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Calls f(first element of x's line, first of index's line) for the lines along the middle axis of x (outer, N, inner)
/// and index (outer, K, inner). Each line belongs to one thread.
template <class F>
void each_line(const Shape& x, const Shape& index, const F& f) {
  const std::int64_t inner = x[2], lines = x[0] * inner;
  parallel_for(lines, 1 + 32768 / (index[1] + 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c)
      f(c / inner * x[1] * inner + c % inner, c / inner * index[1] * inner + c % inner);
  });
}

}  // namespace detail

/// y[o, k, i] = x[o, index[o, k, i], i]        x: (outer, N, inner)  index, y: (outer, K, inner), all dense
template <class T>
void gather_forward(Device, const char* op, View<T> y, std::type_identity_t<View<const T>> x,
                    View<const std::int32_t> index) {
  check_ids(op, "index", index.data, index.size(), x.shape[1], "elements along the axis");
  const std::int64_t K = index.shape[1], inner = x.shape[2];
  detail::each_line(x.shape, index.shape, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t k = 0; k < K; ++k) y.data[to + k * inner] = x.data[from + index.data[to + k * inner] * inner];
  });
}

/// y[o, index[o, k, i], i] += x[o, k, i], in the order of k        y: (outer, N, inner)  index, x: (outer, K, inner)
template <class G, class T>
void scatter_add(Device, const char* op, View<G> y, View<const T> x, View<const std::int32_t> index) {
  using A = Accumulator<G>;
  check_ids(op, "index", index.data, index.size(), y.shape[1], "elements along the axis");
  const std::int64_t K = index.shape[1], inner = y.shape[2];
  detail::each_line(y.shape, index.shape, [&](std::int64_t to, std::int64_t from) {
    for (std::int64_t k = 0; k < K; ++k) {
      G& sum = y.data[to + index.data[from + k * inner] * inner];
      sum = static_cast<G>(static_cast<A>(sum) + static_cast<A>(x.data[from + k * inner]));
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
