// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/copy.hpp>
#include <hadal/cpu/ids.hpp>
#include <hadal/cpu/row.hpp>

#include <algorithm>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// y[i] = weight[ids[i]]      y: (..., C)  weight: (V, C)  ids: (...)
template <class T>
void embedding_forward(Device, View<T> y, View<const T> weight, View<const std::int32_t> ids) {
  check_ids("embedding", "id", ids.data, ids.size(), weight.rows(), "rows");
  const std::int64_t width = weight.columns();
  const Writing to(y);
  for_each_row(ids.size(), width,
               [&](std::int64_t i) { detail::copy_row(y.row(i), weight.row(ids.data[i]), width, to); });
}

/// dweight[v] = sum of dy[i] over the i with ids[i] == v, in the order of i whatever the number of threads.
template <class T, class G>
void embedding_backward(Device device, GradView<G> dweight, View<const T> dy, View<const std::int32_t> ids) {
  using A = Accumulator<T>;
  const std::int64_t n = ids.size(), width = dweight.view.columns();
  if (n == 0 && !dweight.add) fill(device, dweight.view, G(A(0)));
  // Id in the high half, place in the low: sorting brings equal ids together and keeps their order.
  const Scratch<std::uint64_t> order(n);
  for (std::int64_t i = 0; i < n; ++i)
    order[i] = static_cast<std::uint64_t>(ids.data[i]) << 32 | static_cast<std::uint64_t>(i);
  std::sort(order.data(), order.data() + n);
  const Writing to(dweight);
  const auto clear = [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t v = first; v < last && !to.add; ++v)
      detail::map_dense([] { return Lanes<Accumulator<G>>{}; }, dweight.view.row(v), to, width);
  };
  const auto id = [&](std::int64_t k) { return static_cast<std::int64_t>(order[k] >> 32); };
  parallel_for(n, 32768 / std::max<std::int64_t>(width, 1), [&](std::int64_t begin, std::int64_t end) {
    const Scratch<A> total(width);
    // A run of equal ids belongs to the piece in which it begins, and so do the rows before it that have none.
    while (begin > 0 && begin < end && id(begin) == id(begin - 1)) ++begin;
    for (std::int64_t k = begin; k < end;) {
      const std::int64_t v = id(k);
      G* out = dweight.view.row(v);
      clear(k == 0 ? 0 : id(k - 1) + 1, v);
      std::fill(total.data(), total.data() + width, A(0));
      for (; k < n && id(k) == v; ++k) {
        const T* d = dy.row(static_cast<std::int64_t>(order[k] & 0xffffffffu));
        sweep<T>(width, [&](std::int64_t c, auto part) {
          write(total + c, part, add(read(total + c, part), read(d + c, part)));
        });
      }
      sweep<G>(width, [&](std::int64_t c, auto part) { write(out + c, part, read(total + c, part), to); });
      if (k == n) clear(v + 1, dweight.view.rows());
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
