// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/cross_entropy.hpp>
#include <hadal/cpu/linear.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Rows whose logits are held at once. Fewer would read the weights and add up their gradient too often. It follows
/// from V alone, so sums over rows have one order.
constexpr std::int64_t logit_rows(std::int64_t vocabulary) { return vocabulary <= 8192 ? 512 : 256; }

}  // namespace detail

/// loss = sum of lse(x W^T) - (x W^T)[target] over the targets that count, divided by their number if `mean`.
/// dx and dweight get the loss's gradients, if wanted, while the logits of a few rows are at hand.
/// x, dx: (N, C)  weight, dweight: (V, C)  targets: (N)  loss: ()
template <class TX, class TW, class GX, class GW>
void linear_cross_entropy_forward(Device device, View<Accumulator<TX>> loss, GradView<GX> dx, GradView<GW> dweight,
                                  View<const TX> x, View<const TW> weight, View<const std::int32_t> targets,
                                  std::int64_t ignore_index, bool mean) {
  using A = Accumulator<TX>;
  const std::int64_t rows = x.rows(), classes = weight.rows(), chunk = detail::logit_rows(classes);
  check_ids("linear_cross_entropy", "target", targets.data, rows, classes, "classes", ignore_index);
  const bool gradients = dx || dweight;
  const std::int64_t count = mean ? std::max<std::int64_t>(count_targets(targets, ignore_index), 1) : 1;
  const A share = A(1) / static_cast<A>(count);
  const Scratch<A> logits(std::min(rows, chunk) * classes), losses(rows);
  for (std::int64_t begin = 0; begin < rows; begin += chunk) {
    const std::int64_t n = std::min(chunk, rows - begin);
    const View<A> l{logits, {n, classes}, classes};
    const View<const TX> part{x.row(begin), {n, x.columns()}, x.row_stride};
    matmul<A, TX, TW>(device, detail::matrix(l), detail::matrix(part), detail::matrix(weight).transposed(), false);
    for_each_row(n, classes, [&](std::int64_t r) {
      A* row = l.row(r);
      const std::int32_t target = targets.data[begin + r];
      if (target == ignore_index) {
        losses[begin + r] = 0;
        std::fill(row, row + classes, A(0));
        return;
      }
      const A m = detail::row_max(row, classes), at_target = row[target];
      const A total = detail::row_exp_sum(row, classes, m, [&](std::int64_t i, auto lane, const auto& e) {
        if (gradients) write(row + i, lane, e);
      });
      losses[begin + r] = m + std::log(total) - at_target;
      if (!gradients) return;
      const Packet<A> scale = set1<A>(share / total);
      sweep<A>(classes, [&](std::int64_t i, auto lane) { write(row + i, lane, mul(read(row + i, lane), scale)); });
      row[target] -= share;
    });
    const View<const A> dlogits = l;
    if (dx)
      linear_backward_input(device, GradView<GX>{{dx.view.row(begin), part.shape, dx.view.row_stride}, dx.add}, dlogits,
                            weight);
    linear_backward_weight(device, GradView<GW>{dweight.view, dweight.add || begin > 0}, dlogits, part);
  }
  double total = 0;
  for (std::int64_t i = 0; i < rows; ++i) total += static_cast<double>(losses[i]);
  loss.data[0] = static_cast<A>(total / static_cast<double>(count));
}

/// out = value * dloss. out may be value, and then nothing is done where dloss is 1.
template <class T, class A>
void linear_cross_entropy_backward(Device, View<T> out, View<const T> value, View<const A> dloss) {
  if (out.data == value.data && dloss.data[0] == 1) return;
  const std::int64_t n = value.columns();
  const Packet<A> scale = set1<A>(dloss.data[0]);
  for_each_row(value.rows(), n, [&](std::int64_t r) {
    const T* in = value.row(r);
    T* to = out.row(r);
    sweep<T>(n, [&](std::int64_t i, auto lane) { write(to + i, lane, mul(read(in + i, lane), scale)); });
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
