// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/ids.hpp>
#include <hadal/cpu/softmax.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// losses[i] = lse(logits[i]) - logits[i, targets[i]], and 0 where the target is ignore_index.
/// logits: (N, V)  targets, losses, lse: (N). Other targets outside 0 .. V-1 throw IndexError.
template <class T>
void cross_entropy_rows_forward(Device, View<Accumulator<T>> losses, View<Accumulator<T>> lse, View<const T> logits,
                                View<const std::int32_t> targets, std::int64_t ignore_index) {
  using A = Accumulator<T>;
  check_ids("cross_entropy", "target", targets.data, targets.size(), logits.columns(), "classes", ignore_index);
  for_each_row(logits.rows(), logits.columns(), [&](std::int64_t r) {
    const bool ignored = targets.data[r] == ignore_index;
    lse.data[r] = ignored ? A(0) : detail::row_lse(logits.row(r), logits.columns());
    losses.data[r] = ignored ? A(0) : lse.data[r] - A(logits.row(r)[targets.data[r]]);
  });
}

/// lse[i] = log(sum(exp(logits[i])))      logits: (N, V)  lse: (N)
template <class T>
void log_sum_exp_rows_forward(Device, View<Accumulator<T>> lse, View<const T> logits) {
  for_each_row(logits.rows(), logits.columns(),
               [&](std::int64_t r) { lse.data[r] = detail::row_lse(logits.row(r), logits.columns()); });
}

/// The number of targets that count.
inline std::int64_t count_targets(View<const std::int32_t> targets, std::int64_t ignore_index) {
  return targets.size() - std::count(targets.data, targets.data + targets.size(), ignore_index);
}

/// loss = sum(losses) / count, where count is the number of targets that are not ignored; 0 if there is none.
template <class A>
void cross_entropy_mean(Device, View<A> loss, View<const A> losses, View<const std::int32_t> targets,
                        std::int64_t ignore_index) {
  double total = 0;
  for (std::int64_t i = 0; i < losses.size(); ++i) total += static_cast<double>(losses.data[i]);
  const std::int64_t count = count_targets(targets, ignore_index);
  loss.data[0] = count ? static_cast<A>(total / static_cast<double>(count)) : A(0);
}

/// dlogits = (exp(logits - lse) - onehot(target)) dloss / count, and 0 in ignored rows.
template <class T, class G>
void cross_entropy_backward(Device, GradView<G> dlogits, View<const Accumulator<T>> dloss, View<const T> logits,
                            View<const Accumulator<T>> lse, View<const std::int32_t> targets,
                            std::int64_t ignore_index) {
  using A = Accumulator<T>;
  const std::int64_t n = logits.columns(), count = count_targets(targets, ignore_index);
  const A scale = dloss.data[0] / static_cast<A>(std::max<std::int64_t>(count, 1));
  const Writing to(dlogits);
  for_each_row(logits.rows(), n, [&](std::int64_t r) {
    const T* in = logits.row(r);
    G* out = dlogits.view.row(r);
    const std::int32_t target = targets.data[r];
    if (target == ignore_index) {
      if (!dlogits.add) std::fill(out, out + n, G(A(0)));
      return;
    }
    const A before = dlogits.add ? A(out[target]) : A(0);
    const Packet<A> shift = set1<A>(lse.data[r]), s = set1<A>(scale);
    sweep<T>(n, [&](std::int64_t i, auto part) {
      write(out + i, part, mul(exp_flushed<A>(sub(read(in + i, part), shift)), s), to);
    });
    out[target] = G(before + scale * (std::exp(A(in[target]) - lse.data[r]) - A(1)));
  });
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
