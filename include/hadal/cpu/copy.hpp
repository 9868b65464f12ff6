// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/parallel.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/cpu/strided.hpp>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Calls f(to, to_step, from, from_step, n) for every row of two views of one shape, in parallel.
template <class T, class S, class F>
void each_row(const StridedView<T>& to, const StridedView<const S>& from, const F& f) {
  if (to.size() == 0) return;
  const StridedLoop<2> loop(to.shape, to, from);
  const std::int64_t n = loop.shape.columns();
  const auto piece = [&](std::int64_t row_begin, std::int64_t row_end, std::int64_t begin, std::int64_t end) {
    loop.rows(row_begin, row_end, [&](const std::int64_t* at) {
      f(to.data + at[0] + begin * loop.step(0), loop.step(0), from.data + at[1] + begin * loop.step(1), loop.step(1),
        end - begin);
    });
  };
  if (loop.shape.rows() == 1) parallel_for(n, 65536, [&](std::int64_t b, std::int64_t e) { piece(0, 1, b, e); });
  else parallel_for(loop.shape.rows(), 1 + 65536 / n, [&](std::int64_t b, std::int64_t e) { piece(b, e, 0, n); });
}

}  // namespace detail

/// to = from        both of one shape, any strides; they must not overlap
template <class T>
void copy_strided(Device, StridedView<T> to, std::type_identity_t<StridedView<const T>> from) {
  detail::each_row(to, from, [](T* y, std::int64_t ys, const T* x, std::int64_t xs, std::int64_t n) {
    if (ys == 1 && xs == 1) std::memcpy(static_cast<void*>(y), x, static_cast<std::size_t>(n) * sizeof(T));
    else
      for (std::int64_t i = 0; i < n; ++i) y[i * ys] = x[i * xs];
  });
}

/// to += from       both of one shape, any strides; no element of `to` may repeat
template <class G, class T>
void add_strided(Device, StridedView<G> to, StridedView<const T> from) {
  using A = Accumulator<G>;
  detail::each_row(to, from, [](G* y, std::int64_t ys, const T* x, std::int64_t xs, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i)
      y[i * ys] = static_cast<G>(static_cast<A>(y[i * ys]) + static_cast<A>(x[i * xs]));
  });
}

/// to += from       both dense, of one size
template <class G, class T>
void add_to(Device device, View<G> to, View<const T> from) {
  add_strided(device, strided(to), strided(from));
}

/// y = value        y: dense
template <class T>
void fill(Device, View<T> y, std::type_identity_t<T> value) {
  parallel_for(y.size(), 65536, [&](std::int64_t begin, std::int64_t end) { std::fill(y.data + begin, y.data + end, value); });
}

/// y = x summed over the axes along which y's shape stretches to x's. Every element adds in row-major order of x.
template <class T>
void sum_to(Device, View<T> y, StridedView<const T> x) {
  using A = Accumulator<T>;
  // Axes of y come first, the summed ones after them: each element of y is then one run of the loop.
  const StridedView<T> out = broadcast(strided(y), x.shape);
  Shape kept, kept_in, kept_out, summed, summed_in;
  for (int i = 0; i < x.shape.rank; ++i) {
    const bool stretched = i < x.shape.rank - y.shape.rank || y.shape[i - x.shape.rank] == 1;
    if (stretched) summed = summed.append(x.shape.dims[i]), summed_in = summed_in.append(x.strides.dims[i]);
    else {
      kept = kept.append(x.shape.dims[i]);
      kept_in = kept_in.append(x.strides.dims[i]);
      kept_out = kept_out.append(out.strides.dims[i]);
    }
  }
  const StridedView<const T> terms{x.data, summed, summed_in};
  const StridedLoop<1> run(summed, terms);
  const std::int64_t n = summed.size();
  parallel_for(kept.size(), 1 + 16384 / (n + 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t in = 0, to = 0, rest = i;
      for (int k = kept.rank - 1; k >= 0; --k) {
        const std::int64_t at = rest % kept.dims[k];
        rest /= kept.dims[k];
        in += at * kept_in.dims[k];
        to += at * kept_out.dims[k];
      }
      A sum = 0;
      if (n > 0)
        run.rows(0, run.shape.rows(), [&](const std::int64_t* at) {
          const T* p = x.data + in + at[0];
          for (std::int64_t j = 0; j < run.shape.columns(); ++j) sum += static_cast<A>(p[j * run.step(0)]);
        });
      y.data[to] = static_cast<T>(sum);
    }
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
