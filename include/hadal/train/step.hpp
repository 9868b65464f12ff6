// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/fill.hpp>
#include <hadal/optim/clipping.hpp>
#include <hadal/optim/optimizer.hpp>
#include <hadal/tensor/record.hpp>
#include <hadal/tree/parameters.hpp>

#include <cmath>
#include <optional>
#include <string>

namespace hadal {

struct StepOptions {
  double lr = 0;
  int micro_batches = 1;  // gradients of as many losses are averaged
  double max_norm = 1;    // of all gradients together; 0: no clipping
  trace::Sink* profiler = nullptr;  // is told of every op of the step: see train/profiler.hpp
};

struct StepResult {
  double loss = 0;           // mean over the micro-batches
  double gradient_norm = 0;  // before clipping
};

namespace detail {

/// The first trained tensor, or gradient of one, that is not finite: "parameter 'x'" or "the gradient of 'x'".
template <class M>
std::string find_bad_tensor(const M& model, bool gradients) {
  std::string found;
  walk([&]<class T, class D>(const Place& place, const Tensor<T, D>& t) {
    if constexpr (is_real<T>) {
      if (!found.empty() || place.role != Role::trained || !t.defined()) return;
      if (!gradients && !all_finite(D{}, t.view())) found = join("parameter '", place.name, "'");
      if (gradients && t.grad().defined() && !all_finite(D{}, t.grad().view()))
        found = join("the gradient of '", place.name, "'");
    }
  }, model);
  return found;
}

/// Finds where numbers went bad, and throws NumericError saying so: a parameter, else the first op of the replayed
/// micro-batches, forward or backward, else a gradient.
template <class M, class F>
[[noreturn]] HADAL_COLD void report_bad_numbers(const M& model, int micro_batches, const F& loss_of,
                                                const std::string& what) {
  const std::string parameter = find_bad_tensor(model, false);
  if (!parameter.empty()) fail<NumericError>("train_step: ", what, "; ", parameter, " has NaN or infinity");
  const std::string gradient = find_bad_tensor(model, true);
  try {
    const CheckNumbers checks;
    zero_grad(model);
    for (int i = 0; i < micro_batches; ++i) loss_of(i).backward();
  } catch (const NumericError& e) {
    fail<NumericError>("train_step: ", what, "; first in ", e.what());
  }
  fail<NumericError>("train_step: ", what, gradient.empty() ? "" : join("; ", gradient, " has NaN or infinity"));
}

}  // namespace detail

/// One step of training: loss_of(i), a tensor of one element, is called for every micro-batch i and differentiated; the
/// gradients are averaged, clipped and given to the optimizer. Anything else the caller wants from the forward pass it
/// notes inside loss_of.
///
/// When the loss or the norm of the gradients is not finite nothing is changed, and NumericError names the parameter or
/// the op where it began; to find it, loss_of is called again for all micro-batches, so it must compute the same again.
/// Gradients are dropped at the end.
template <class M, class F>
StepResult train_step(const M& model, Optimizer& optimizer, const StepOptions& options, const F& loss_of) {
  const int n = options.micro_batches;
  HADAL_CHECK(n >= 1, ValueError, "train_step: micro_batches must be at least 1, got ", n);
  HADAL_CHECK(options.max_norm >= 0, ValueError, "train_step: max_norm must not be negative, got ", options.max_norm);
  std::optional<trace::Install> listening;
  if (options.profiler) listening.emplace(*options.profiler);
  zero_grad(model);
  StepResult result;
  for (int i = 0; i < n; ++i) {
    const auto loss = loss_of(i);
    loss.backward(std::decay_t<decltype(loss)>::full(loss.shape(), 1.0 / n));
    const auto value = static_cast<double>(loss.item());
    if (!std::isfinite(value))
      detail::report_bad_numbers(model, n, loss_of, join("the loss of micro-batch ", i, " is ", value));
    result.loss += value / n;
  }
  result.gradient_norm = options.max_norm > 0 ? clip_gradients(model, options.max_norm) : gradient_norm(model);
  if (!std::isfinite(result.gradient_norm))
    detail::report_bad_numbers(model, n, loss_of, join("the norm of the gradients is ", result.gradient_norm));
  optimizer.step(options.lr);
  zero_grad(model);
  return result;
}

}  // namespace hadal
