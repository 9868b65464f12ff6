// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/dispatch.hpp>
#include <hadal/tensor/views.hpp>

#include <limits>

namespace hadal {

/// Where the rows of a mixture of experts go. The pairs (token, chosen expert) are sorted by expert, within an expert
/// by token; a slot is a pair's place in that order. Expert e has the slots offsets[e] .. offsets[e + 1].
template <class D>
struct ExpertPlan {
  Tensor<std::int32_t, D> offsets;  // (E + 1)
  Tensor<std::int32_t, D> slot_of;  // (N, K): the slot of a token's k-th choice

  std::int64_t tokens() const { return slot_of.shape(0); }
  std::int64_t slots() const { return slot_of.size(); }
};

/// The plan for chosen experts.      indices: (N, K) in 0 .. E-1
/// Throws ShapeError for other shapes, ValueError for no experts or more than 2^31 - 1 pairs, IndexError (on the CPU)
/// for an expert that does not exist.
template <class D>
ExpertPlan<D> plan_experts(const Tensor<std::int32_t, D>& indices_in, std::int64_t E) {
  HADAL_CHECK(indices_in.rank() == 2, ShapeError, "plan_experts: indices must be (N, K), got ", indices_in.shape());
  HADAL_CHECK(E >= 1, ValueError, "plan_experts: there must be at least one expert, got ", E);
  HADAL_CHECK(indices_in.size() <= std::numeric_limits<std::int32_t>::max(), ValueError,
              "plan_experts: indices ", indices_in.shape(), " are more than 2^31 - 1");
  const Tensor<std::int32_t, D> indices = indices_in.dense_rows();
  ExpertPlan<D> plan{Tensor<std::int32_t, D>::empty({E + 1}), Tensor<std::int32_t, D>::empty(indices.shape())};
  trace::Scope scope("plan_experts", 0, 3.0 * static_cast<double>(indices.bytes()));
  plan_experts_forward(D{}, plan.offsets.out(), plan.slot_of.out(), indices.view());
  return plan;
}

/// The tokens' rows, copied to the slots of their experts: rows[slot_of[n, k]] = x[n].      x: (N, C)  ->  (N * K, C)
/// The gradient of a token sums those of its copies in the order of its choices.
template <class T, class D>
Tensor<T, D> dispatch(const Tensor<T, D>& x_in, const ExpertPlan<D>& plan) {
  HADAL_CHECK(x_in.rank() == 2 && x_in.shape(0) == plan.tokens(), ShapeError, "dispatch: x must be (", plan.tokens(),
              ", C) to match the plan, got ", x_in.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  auto rows = Tensor<T, D>::empty({plan.slots(), x.shape(1)});
  {
    trace::Scope scope("dispatch", 0, static_cast<double>(x.bytes() + rows.bytes()));
    dispatch_forward(D{}, rows.out(), x.view(), plan.slot_of.view());
  }
  record("dispatch", rows, inputs(x), saved(keep("slot_of", plan.slot_of)),
         [](const auto& drows, auto& dx, const auto& slot_of) {
           trace::Scope scope("dispatch backward", static_cast<double>(drows.size()),
                              static_cast<double>(drows.bytes()));
           dispatch_backward(D{}, dx.view(), drows.view(), slot_of.view());
         });
  return rows;
}

/// The experts' results, weighted and back in the order of tokens: y[n] = sum over k of weights[n, k] *
/// rows[slot_of[n, k]], in the order of k.      rows: (N * K, C)  weights: (N, K)  ->  (N, C)
/// Weights are of the type sums over T are kept in. Cost 2 flops an element of rows.
template <class T, class D>
Tensor<T, D> combine(const Tensor<T, D>& rows_in, const Tensor<Accumulator<T>, D>& weights_in,
                     const ExpertPlan<D>& plan) {
  HADAL_CHECK(rows_in.rank() == 2 && rows_in.shape(0) == plan.slots(), ShapeError, "combine: rows must be (",
              plan.slots(), ", C) to match the plan, got ", rows_in.shape());
  HADAL_CHECK(weights_in.shape() == plan.slot_of.shape(), ShapeError, "combine: weights must be ", plan.slot_of.shape(),
              " to match the plan, got ", weights_in.shape());
  const Tensor<T, D> rows = rows_in.dense_rows();
  const Tensor<Accumulator<T>, D> weights = weights_in.dense_rows();
  auto y = Tensor<T, D>::empty({plan.tokens(), rows.shape(1)});
  {
    trace::Scope scope("combine", 2.0 * static_cast<double>(rows.size()),
                       static_cast<double>(rows.bytes() + y.bytes()));
    combine_forward(D{}, y.out(), rows.view(), weights.view(), plan.slot_of.view());
  }
  record("combine", y, inputs(rows, weights),
         saved(keep("rows", rows), keep("weights", weights), keep("slot_of", plan.slot_of)),
         [](const auto& dy, auto& drows, auto& dweights, const auto& r, const auto& w, const auto& slot_of) {
           trace::Scope scope("combine backward", 3.0 * static_cast<double>(r.size()),
                              2.0 * static_cast<double>(r.bytes()) + static_cast<double>(dy.bytes()));
           combine_backward(D{}, drows.view(), dweights.view(), dy.view(), r.view(), w.view(), slot_of.view());
         });
  return y;
}

}  // namespace hadal
