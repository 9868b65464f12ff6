// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/cross_entropy.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

namespace detail {

template <class T, class D>
void check_cross_entropy(const char* op, const Tensor<T, D>& logits, const Tensor<std::int32_t, D>& targets) {
  HADAL_CHECK(logits.rank() >= 1 && logits.shape(-1) > 0, ShapeError, op,
              ": logits must have a last axis of at least 1, got ", logits.shape());
  HADAL_CHECK(targets.defined() && targets.shape() == logits.shape().first(logits.rank() - 1), ShapeError, op,
              ": targets must have the shape of logits ", logits.shape(), " without its last axis, got ",
              targets.shape());
}

}  // namespace detail

/// The mean of log(sum(exp(logits))) - logits[target] over the targets that are not `ignore_index`; 0, with a gradient
/// of 0, if all are.      logits: (..., V)  targets: (...)  ->  ()
/// The loss is float for half-width logits. Saves logits and their log-sum-exp (...). Throws IndexError for any other
/// target outside 0 .. V-1 that is read on the host.
template <class T, class D>
Tensor<Accumulator<T>, D> cross_entropy(const Tensor<T, D>& logits_in, const Tensor<std::int32_t, D>& targets_in,
                                        std::int64_t ignore_index = -100) {
  detail::check_cross_entropy("cross_entropy", logits_in, targets_in);
  using A = Accumulator<T>;
  const Tensor<T, D> logits = logits_in.dense_rows();
  const Tensor<std::int32_t, D> targets = targets_in.contiguous();
  auto losses = Tensor<A, D>::empty(targets.shape()), lse = Tensor<A, D>::empty(targets.shape());
  auto loss = Tensor<A, D>::empty({});
  {
    trace::Scope scope("cross_entropy", 4.0 * static_cast<double>(logits.size()), static_cast<double>(logits.bytes()));
    cross_entropy_rows_forward(D{}, losses.out(), lse.out(), logits.view(), targets.view(), ignore_index);
    cross_entropy_mean(D{}, loss.out(), losses.view(), targets.view(), ignore_index);
  }
  record("cross_entropy", loss, inputs(logits),
         saved(keep("logits", logits), keep("lse", lse), keep("targets", targets)),
         [ignore_index](const auto& dloss, auto& dlogits, const auto& logits, const auto& lse, const auto& targets) {
           trace::Scope scope("cross_entropy backward", 4.0 * static_cast<double>(logits.size()),
                              2.0 * static_cast<double>(logits.bytes()));
           cross_entropy_backward(D{}, dlogits.view(), dloss.view(), logits.view(), lse.view(), targets.view(),
                                  ignore_index);
         });
  return loss;
}

/// The loss of every target, 0 for ignored ones, for evaluation: no gradient flows through it.
/// logits: (..., V)  targets: (...)  ->  (...)
template <class T, class D>
Tensor<Accumulator<T>, D> cross_entropy_rows(const Tensor<T, D>& logits_in, const Tensor<std::int32_t, D>& targets_in,
                                             std::int64_t ignore_index = -100) {
  detail::check_cross_entropy("cross_entropy_rows", logits_in, targets_in);
  using A = Accumulator<T>;
  const Tensor<T, D> logits = logits_in.detach().dense_rows();
  auto losses = Tensor<A, D>::empty(targets_in.shape()), lse = Tensor<A, D>::empty(targets_in.shape());
  trace::Scope scope("cross_entropy", 4.0 * static_cast<double>(logits.size()), static_cast<double>(logits.bytes()));
  cross_entropy_rows_forward(D{}, losses.out(), lse.out(), logits.view(), targets_in.contiguous().view(), ignore_index);
  return losses;
}

/// log(sum(exp(logits))) of every row, for evaluation: no gradient flows through it. Less a row's logit it is the loss
/// of that target, bit for bit.      logits: (..., V)  ->  (...)
template <class T, class D>
Tensor<Accumulator<T>, D> log_sum_exp_rows(const Tensor<T, D>& logits_in) {
  HADAL_CHECK(logits_in.rank() >= 1 && logits_in.shape(-1) > 0, ShapeError,
              "log_sum_exp_rows: logits must have a last axis of at least 1, got ", logits_in.shape());
  const Tensor<T, D> logits = logits_in.detach().dense_rows();
  auto lse = Tensor<Accumulator<T>, D>::empty(logits.shape().first(logits.rank() - 1));
  trace::Scope scope("log_sum_exp", 3.0 * static_cast<double>(logits.size()), static_cast<double>(logits.bytes()));
  log_sum_exp_rows_forward(D{}, lse.out(), logits.view());
  return lse;
}

}  // namespace hadal
