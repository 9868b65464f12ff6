// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/tensor.hpp>

#include <vector>

namespace hadal {

/// What an algorithm's `update` works on: one parameter at one step, all of the parameter's shape.
template <class T, class D>
struct Update {
  using A = Accumulator<T>;
  Tensor<T, D> weight;
  Tensor<A, D> master;              // of a weight of half width; else undefined
  Tensor<A, D> gradient;
  std::vector<Tensor<A, D>> state;  // as many as the algorithm's `state` names
  double lr, decay;                 // decay: the weight shrinks by lr * decay
  std::int64_t step;                // counted from 1

  /// Where the new weight is computed.
  View<A> value() {
    if constexpr (std::is_same_v<A, T>) return weight.mutable_view();
    else return master.mutable_view();
  }
  /// Where it is rounded to; empty when `value` is the weight itself.
  View<T> rounded() {
    if constexpr (std::is_same_v<A, T>) return {};
    else return weight.mutable_view();
  }
};

}  // namespace hadal
