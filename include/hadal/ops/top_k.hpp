// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/top_k.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// The largest entries of each row, in descending order, and where they are.
template <class T, class D>
struct TopK {
  Tensor<T, D> values;              // (..., K)
  Tensor<std::int32_t, D> indices;  // (..., K)

  static void visit(auto&& v, auto&... self) { v("values", self.values...), v("indices", self.indices...); }
};

/// The k largest entries of the last axis, the largest first; of equal ones the lower index comes first, and NaN counts
/// as larger than any number.      scores: (..., E)  ->  values, indices: (..., K)
/// Gradients flow to the chosen entries alone. Throws ValueError unless 1 <= k <= E.
template <class T, class D>
TopK<T, D> top_k(const Tensor<T, D>& scores_in, std::int64_t k) {
  HADAL_CHECK(scores_in.rank() >= 1, ShapeError, "top_k: scores must have at least one axis, got ", scores_in.shape());
  HADAL_CHECK(k >= 1 && k <= scores_in.shape(-1), ValueError, "top_k: k must be in 1..", scores_in.shape(-1),
              " for scores ", scores_in.shape(), ", got ", k);
  const Tensor<T, D> scores = scores_in.dense_rows();
  TopK<T, D> top{Tensor<T, D>::empty(scores.shape().with_last(k)),
                 Tensor<std::int32_t, D>::empty(scores.shape().with_last(k))};
  {
    trace::Scope scope("top_k", 0, static_cast<double>(scores.bytes()));
    top_k_forward(D{}, top.values.out(), top.indices.out(), scores.view());
  }
  record("top_k", top.values, inputs(scores), saved(keep("indices", top.indices)),
         [](const auto& dvalues, auto& dscores, const auto& indices) {
           trace::Scope scope("top_k backward", 0, static_cast<double>(dvalues.bytes()));
           top_k_backward(D{}, dscores.view(), dvalues.view(), indices.view());
         });
  return top;
}

}  // namespace hadal
