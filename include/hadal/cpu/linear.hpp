// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/view.hpp>
#include <hadal/cpu/column_sum.hpp>
#include <hadal/cpu/matmul.hpp>

#include <algorithm>
#include <cstdint>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {
template <class T>
Matrix<T> matrix(const View<T>& v) {
  return {v.data, v.rows(), v.columns(), v.row_stride, 1};
}
}  // namespace detail

/// y = x W^T + b        x: (..., in)  weight: (out, in)  bias: (out) or empty  y: (..., out)
template <class TX, class TW, class TB>
void linear_forward(Device device, View<TX> y, View<const TX> x, View<const TW> weight, View<const TB> bias) {
  using T = Accumulator<TX>;
  const Matrix<const TW> wt = detail::matrix(weight).transposed();
  if constexpr (std::is_same_v<TB, T>) {
    matmul<TX, TX, TW>(device, detail::matrix(y), detail::matrix(x), wt, false, bias.data);
  } else {
    Scratch<T> wide(bias.data ? bias.size() : 0);
    for (std::int64_t j = 0; bias.data && j < bias.size(); ++j) wide[j] = static_cast<T>(bias.data[j]);
    matmul<TX, TX, TW>(device, detail::matrix(y), detail::matrix(x), wt, false, bias.data ? wide.data() : nullptr);
  }
}

/// dx (+)= dy W
template <class G, class TY, class TW>
void linear_backward_input(Device device, GradView<G> dx, View<const TY> dy, View<const TW> weight) {
  if (dx) matmul<G, TY, TW>(device, detail::matrix(dx.view), detail::matrix(dy), detail::matrix(weight), dx.add);
}

/// dW (+)= dy^T x
template <class G, class TY, class TX>
void linear_backward_weight(Device device, GradView<G> dweight, View<const TY> dy, View<const TX> x) {
  if (dweight)
    matmul<G, TY, TX>(device, detail::matrix(dweight.view), detail::matrix(dy).transposed(), detail::matrix(x),
                      dweight.add);
}

/// db (+)= dy summed over rows, in blocks of a fixed number of rows
template <class G, class TY>
void linear_backward_bias(Device, GradView<G> dbias, View<const TY> dy) {
  if (dbias) sum_rows(dbias, dy);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
