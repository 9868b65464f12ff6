// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/embedding.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// y[i] = weight[ids[i]]      weight: (V, C)  ids: (...)  ->  (..., C)
/// The gradient of a row is summed in the order of the ids, whatever the number of threads. Throws IndexError for an id
/// outside 0 .. V-1 that is read on the host.
template <class T, class D>
Tensor<T, D> embedding(const Tensor<T, D>& weight, const Tensor<std::int32_t, D>& ids_in) {
  HADAL_CHECK(weight.rank() == 2, ShapeError, "embedding: weight must be (V, C), got ", weight.shape());
  HADAL_CHECK(ids_in.defined(), ValueError, "embedding: ids are not defined");
  const Tensor<T, D> w = weight.dense_rows();
  const Tensor<std::int32_t, D> ids = ids_in.contiguous();
  auto y = Tensor<T, D>::empty(ids.shape().append(w.shape(1)));
  {
    trace::Scope scope("embedding", 0, 2.0 * static_cast<double>(y.bytes()));
    embedding_forward(D{}, y.out(), w.view(), ids.view());
  }
  record("embedding", y, inputs(parameter(w)), saved(keep("ids", ids)),
         [](const auto& dy, auto& dweight, const auto& ids) {
           trace::Scope scope("embedding backward", static_cast<double>(dy.size()),
                              2.0 * static_cast<double>(dy.bytes()));
           embedding_backward(D{}, dweight.view(), dy.view(), ids.view());
         });
  return y;
}

}  // namespace hadal
