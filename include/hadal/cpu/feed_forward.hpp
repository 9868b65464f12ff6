// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/grouped_matmul.hpp>
#include <hadal/cpu/linear.hpp>
#include <hadal/cpu/row.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

// Gated feed-forwards of groups of rows (experts; a dense one is a single group). SwiGLU is applied to each piece of
// the products as soon as it is there. Values are, to the last bit, those of grouped_linear and swiglu.
// x, y: (N, C)  gate, up, hidden: (N, F)  w_gate, w_up: (E, F, C)  w_down: (E, C, F)  offsets: (E + 1)

/// gate_e = x_e Wg_e^T,  up_e = x_e Wu_e^T,  hidden = silu(gate) up      hidden may be gate.
template <class T, class W>
void feed_forward_hidden(Device, View<T> gate, View<T> up, View<T> hidden, View<const T> x, StridedView<const W> w_gate,
                         StridedView<const W> w_up, View<const std::int32_t> offsets) {
  using A = Accumulator<T>;
  detail::check_offsets(offsets, x.rows());
  const auto end = [&](const Piece& p) {
    for (std::int64_t r = offsets.data[p.product] + p.row, last = r + p.rows; r < last; ++r) {
      const T *a = gate.row(r) + p.column, *b = up.row(r) + p.column;
      T* out = hidden.row(r) + p.column;
      sweep<T>(p.columns, [&](std::int64_t i, auto part) {
        const Packet<A> g = read(a + i, part);
        write(out + i, part, mul(mul(g, sigmoid<A>(g)), read(b + i, part)));
      });
    }
  };
  const auto product = [&](std::int64_t i) {
    return detail::Operands<T, T, W>{detail::rows_of_group(i % 2 ? up : gate, offsets, i / 2),
                                     detail::rows_of_group(x, offsets, i / 2),
                                     detail::matrix_of_group(i % 2 ? w_up : w_gate, i / 2).transposed()};
  };
  detail::grouped_products<T>(w_gate.shape[0], false, product, epilogue(end, 2));
}

/// y_e = hidden_e Wd_e^T (+ residual)
template <class T, class W>
void feed_forward_down(Device, View<T> y, View<const T> hidden, StridedView<const W> w_down,
                       View<const std::int32_t> offsets, View<const T> residual) {
  const detail::ScaleAndAdd<T> add{y, residual, 1};
  const auto end = [&](Piece p) {
    p.row += offsets.data[p.product];
    add(p);
  };
  const auto product = [&](std::int64_t e) {
    return detail::Operands<T, T, W>{detail::rows_of_group(y, offsets, e), detail::rows_of_group(hidden, offsets, e),
                                     detail::matrix_of_group(w_down, e).transposed()};
  };
  detail::grouped_products<T>(w_down.shape[0], false, product, residual.data ? epilogue(end) : Epilogue{});
}

/// dhidden_e = dy_e Wd_e, and from each piece of it, with s = sigmoid(gate):
///   dgate = dhidden up s (1 + gate (1 - s)),   dup = dhidden gate s,   and hidden again, where dhidden was
/// dgate may be gate, and dup may be up.
template <class T, class W>
void feed_forward_backward(Device, View<T> dgate, View<T> dup, View<T> hidden, View<const T> dy, View<const T> gate,
                           View<const T> up, StridedView<const W> w_down, View<const std::int32_t> offsets) {
  using A = Accumulator<T>;
  const auto end = [&](const Piece& p) {
    const Packet<A> one = set1<A>(1);
    for (std::int64_t r = offsets.data[p.product] + p.row, last = r + p.rows; r < last; ++r) {
      const T *a = gate.row(r) + p.column, *b = up.row(r) + p.column;
      T *da = dgate.row(r) + p.column, *db = dup.row(r) + p.column, *h = hidden.row(r) + p.column;
      sweep<T>(p.columns, [&](std::int64_t i, auto part) {
        const Packet<A> g = read(a + i, part), u = read(b + i, part), s = sigmoid<A>(g);
        const Packet<A> ds = mul(read(h + i, part), s);
        write(da + i, part, mul(mul(ds, u), fma(g, sub(one, s), one)));
        write(db + i, part, mul(ds, g));
        write(h + i, part, mul(mul(g, s), u));
      });
    }
  };
  const auto product = [&](std::int64_t e) {
    return detail::Operands<T, T, W>{detail::rows_of_group(hidden, offsets, e), detail::rows_of_group(dy, offsets, e),
                                     detail::matrix_of_group(w_down, e)};
  };
  detail::grouped_products<T>(w_down.shape[0], false, product, epilogue(end));
}

/// dx_e (+)= dgate_e Wg_e + dup_e Wu_e, piece by piece
template <class G, class T, class W>
void feed_forward_backward_input(Device, GradView<G> dx, View<const T> dgate, View<const T> dup,
                                 StridedView<const W> w_gate, StridedView<const W> w_up,
                                 View<const std::int32_t> offsets) {
  if (!dx) return;
  const auto product = [&](std::int64_t i) {
    return detail::Operands<G, T, W>{detail::rows_of_group(dx.view, offsets, i / 2),
                                     detail::rows_of_group(i % 2 ? dup : dgate, offsets, i / 2),
                                     detail::matrix_of_group(i % 2 ? w_up : w_gate, i / 2), {}, i % 2 || dx.add};
  };
  detail::grouped_products<G>(w_gate.shape[0], false, product, {.products = 2});
}

/// dWg_e (+)= dgate_e^T x_e,  dWu_e (+)= dup_e^T x_e, while the same part of x is near
template <class G, class T>
void feed_forward_backward_weights(Device device, GradView<G> dw_gate, GradView<G> dw_up, View<const T> dgate,
                                   View<const T> dup, View<const T> x, View<const std::int32_t> offsets) {
  if (!dw_gate) return grouped_linear_backward_weight(device, dw_up, dup, x, offsets);
  if (!dw_up) return grouped_linear_backward_weight(device, dw_gate, dgate, x, offsets);
  const auto product = [&](std::int64_t i) {
    const GradView<G>& dw = i % 2 ? dw_up : dw_gate;
    return detail::Operands<G, T, T>{detail::matrix_of_group(dw.view, i / 2),
                                     detail::rows_of_group(i % 2 ? dup : dgate, offsets, i / 2).transposed(),
                                     detail::rows_of_group(x, offsets, i / 2), {}, dw.add};
  };
  detail::grouped_products<G>(dw_gate.view.shape[0], false, product, {.products = 2});
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
