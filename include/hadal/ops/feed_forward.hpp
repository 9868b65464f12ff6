// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/feed_forward.hpp>
#include <hadal/ops/matmul.hpp>

namespace hadal {

/// y = (silu(x Wg^T) * x Wu^T) Wd^T + residual, silu(a) = a / (1 + exp(-a))
/// x: (..., C)  w_gate, w_up: (F, C)  w_down: (C, F)  residual: as x, or undefined for none  ->  as x
/// With offsets (E + 1), from 0 to N, one for each expert, as grouped_linear: x (N, C), rows sorted by expert,
/// w_gate, w_up: (E, F, C)  w_down: (E, C, F).
/// Keeps the two products for the way back, but not what silu and the multiplication make of them: that is computed
/// again with their gradients, where the product that begins the way back ends. Values and gradients are, to the last
/// bit, those of linear (or grouped_linear) and swiglu. Source: Shazeer 2020, eq. 6.
/// Throws ShapeError when sizes do not fit and IndexError when offsets do not cut the rows.
template <class T, class W, class D>
Tensor<T, D> feed_forward(const Tensor<T, D>& x_in, const Tensor<W, D>& w_gate, const Tensor<W, D>& w_up,
                          const Tensor<W, D>& w_down, const Tensor<T, D>& residual_in = {},
                          const Tensor<std::int32_t, D>& offsets_in = {}) {
  const int rank = offsets_in.defined() ? 3 : 2;
  HADAL_CHECK(w_gate.rank() == rank && w_gate.shape() == w_up.shape(), ShapeError,
              "feed_forward: w_gate and w_up must be ", rank == 3 ? "(E, F, C)" : "(F, C)", " both, got ",
              w_gate.shape(), " and ", w_up.shape());
  const std::int64_t C = w_gate.shape(-1), F = w_gate.shape(-2);
  HADAL_CHECK(w_down.shape() == w_gate.shape().first(rank - 2).append(C).append(F), ShapeError,
              "feed_forward: w_down must be ", w_gate.shape(), " transposed, got ", w_down.shape());
  HADAL_CHECK((rank == 2 ? x_in.rank() >= 1 : x_in.rank() == 2) && x_in.shape(-1) == C, ShapeError,
              "feed_forward: the last axis of x ", x_in.shape(), " must be the ", C, " inputs of w_gate ",
              w_gate.shape());
  HADAL_CHECK(rank == 2 || offsets_in.shape() == Shape{w_gate.shape(0) + 1}, ShapeError,
              "feed_forward: offsets must be one more than the experts of w_gate ", w_gate.shape(), ", got ",
              offsets_in.shape());
  HADAL_CHECK(!residual_in.defined() || residual_in.shape() == x_in.shape(), ShapeError,
              "feed_forward: residual must be ", x_in.shape(), " as x, got ", residual_in.shape());
  const auto usable = [](const Tensor<W, D>& w) { return w.strides()[-1] == 1 ? w : w.contiguous(); };
  const auto experts = [](const auto& w) {
    return w.rank() == 3 ? w.strided_view() : detail::with_leading(w.strided_view(), {1});
  };
  const Tensor<T, D> x = x_in.dense_rows(), residual = residual_in.defined() ? residual_in.dense_rows() : residual_in;
  const Tensor<W, D> wg = usable(w_gate), wu = usable(w_up), wd = usable(w_down);
  const Tensor<std::int32_t, D> offsets =
      rank == 3 ? offsets_in.contiguous()
                : Tensor<std::int32_t, D>::from({0, static_cast<std::int32_t>(x.shape().rows())});
  auto y = Tensor<T, D>::empty(x.shape());
  auto gate = Tensor<T, D>::empty(x.shape().with_last(F)), up = Tensor<T, D>::empty(gate.shape());
  const double operations = 6.0 * static_cast<double>(x.size()) * static_cast<double>(F);
  {
    trace::Scope scope("feed_forward", operations,
                       static_cast<double>(2 * x.bytes() + 3 * gate.bytes() + 3 * wg.bytes()));
    Tensor<T, D> hidden = grad_enabled() ? Tensor<T, D>::empty(gate.shape()) : gate;
    feed_forward_hidden(D{}, gate.out(), up.out(), hidden.out(), x.view(), experts(wg), experts(wu), offsets.view());
    feed_forward_down(D{}, y.out(), std::as_const(hidden).view(), experts(wd), offsets.view(),
                      residual.defined() ? residual.view() : View<const T>{});
  }
  record("feed_forward", y, inputs(x, parameter(wg), parameter(wu), parameter(wd), residual),
         saved(keep("x", x), keep("gate", gate), keep("up", up), keep("w_gate", wg), keep("w_up", wu),
               keep("w_down", wd), keep("offsets", offsets)),
         [operations, experts](const auto& dy, auto& dx, auto& dwg, auto& dwu, auto& dwd, auto& dresidual,
                               const auto& x, const auto& gate, const auto& up, const auto& wg, const auto& wu,
                               const auto& wd, const auto& offsets) {
           trace::Scope scope("feed_forward backward", 2 * operations,
                              static_cast<double>(4 * x.bytes() + 9 * gate.bytes() + 6 * wg.bytes()));
           // What nobody needs any more is written over.
           const auto place = [](const Tensor<T, D>& t) {
             return t.storage().unique() ? t : Tensor<T, D>::empty(t.shape());
           };
           const auto stacked = [](auto g) {
             if (g && g.view.shape.rank == 2) g.view.shape = {1, g.view.shape[0], g.view.shape[1]};
             return g;
           };
           Tensor<T, D> dgate = place(gate), dup = place(up);
           {
             auto hidden = Tensor<T, D>::empty(gate.shape());
             feed_forward_backward(D{}, dgate.out(), dup.out(), hidden.out(), dy.view(), gate.view(), up.view(),
                                   experts(wd), offsets.view());
             grouped_linear_backward_weight(D{}, stacked(dwd.view()), dy.view(), std::as_const(hidden).view(),
                                            offsets.view());
           }
           const View<const T> dg = std::as_const(dgate).view(), du = std::as_const(dup).view();
           feed_forward_backward_input(D{}, dx.view(), dg, du, experts(wg), experts(wu), offsets.view());
           const auto first = stacked(dwg.view()), second = stacked(dwu.view());
           feed_forward_backward_weights(D{}, first, second, dg, du, x.view(), offsets.view());
           dresidual.accumulate(dy);
         });
  return y;
}

}  // namespace hadal
