// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/swiglu.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// y = silu(gate) * up, silu(a) = a / (1 + exp(-a))      gate, up: (..., F)  ->  (..., F)
/// Saves its inputs; silu is computed again on the way back. Source: Shazeer 2020, eq. 6.
template <class T, class D>
Tensor<T, D> swiglu(const Tensor<T, D>& gate_in, const Tensor<T, D>& up_in) {
  HADAL_CHECK(gate_in.shape() == up_in.shape(), ShapeError, "swiglu: gate and up must have one shape, got ",
              gate_in.shape(), " and ", up_in.shape());
  const Tensor<T, D> gate = gate_in.dense_rows(), up = up_in.dense_rows();
  auto y = Tensor<T, D>::empty(gate.shape());
  {
    trace::Scope scope("swiglu", 5.0 * static_cast<double>(y.size()), 3.0 * static_cast<double>(y.bytes()));
    swiglu_forward(D{}, y.out(), gate.view(), up.view());
  }
  record("swiglu", y, inputs(gate, up), saved(keep("gate", gate), keep("up", up)),
         [](const auto& dy, auto& dgate, auto& dup, const auto& gate, const auto& up) {
           trace::Scope scope("swiglu backward", 10.0 * static_cast<double>(dy.size()),
                              5.0 * static_cast<double>(dy.bytes()));
           swiglu_backward(D{}, dgate.view(), dup.view(), dy.view(), gate.view(), up.view());
         });
  return y;
}

}  // namespace hadal
