// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/view.hpp>
#include <hadal/cpu/column_sum.hpp>
#include <hadal/cpu/map.hpp>
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
template <class T>
Matrix<T> matrix(const StridedView<T>& v) {
  return {v.data, v.shape[0], v.shape[1], v.strides[0], v.strides[1]};
}

template <class T>
Matrix<const T> transposed(const View<const T>& v) {
  return matrix(v).transposed();
}
template <class T>
Matrix<const T> transposed(const StridedView<const T>& v) {
  return matrix(v).transposed();
}
template <class T>
const Panels<T>& transposed(const Panels<T>& w) {
  return w;
}

/// y <- scale y + residual, or scale y without one, for pieces of y
template <class T>
struct ScaleAndAdd {
  View<T> y;
  View<const T> residual;
  Accumulator<T> scale;

  void operator()(const Piece& p) const {
    const Writing plain;
    for (std::int64_t i = p.row; i < p.row + p.rows; ++i) {
      T* row = y.row(i) + p.column;
      const auto s = scale;
      if (residual.data)
        map_dense([s](auto v, auto r) { return v * s + r; }, row, plain, p.columns, row, residual.row(i) + p.column);
      else
        map_dense([s](auto v) { return v * s; }, row, plain, p.columns, row);
    }
  }
};
}  // namespace detail

/// y = scale (x W^T + b) + residual
/// x: (..., in)  weight: (out, in), a View or a StridedView, or W^T as Panels  bias: (out) or empty  y: (..., out)
/// residual: as y or empty, not y
template <class TX, class W, class TB>
void linear_forward(Device device, View<TX> y, View<const TX> x, const W& weight, View<const TB> bias,
                    View<const TX> residual = {}, double scale = 1) {
  using T = Accumulator<TX>;
  const Scratch<T> wide(std::is_same_v<TB, T> ? 0 : bias.size());
  const T* b = nullptr;
  if constexpr (std::is_same_v<TB, T>) {
    b = bias.data;
  } else if (bias.data) {
    for (std::int64_t j = 0; j < bias.size(); ++j) wide[j] = static_cast<T>(bias.data[j]);
    b = wide;
  }
  const detail::ScaleAndAdd<TX> end{y, residual, static_cast<T>(scale)};
  matmul(device, detail::matrix(y), detail::matrix(x), detail::transposed(weight), false, b,
         residual.data || scale != 1 ? epilogue(end) : Epilogue{});
}

/// dx (+)= dy W
template <class G, class TY, class W>
void linear_backward_input(Device device, GradView<G> dx, View<const TY> dy, const W& weight) {
  if (dx) matmul(device, detail::matrix(dx.view), detail::matrix(dy), detail::matrix(weight), dx.add);
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
