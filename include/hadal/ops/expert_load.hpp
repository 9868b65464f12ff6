// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/expert_load.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// Of each of B sequences, how many tokens choose at least one of each run of `group` neighbouring experts.
///   indices: (B * L, K), distinct in a row  ->  (B, E / group)
/// Throws ShapeError for other shapes, ValueError unless group divides E, IndexError (on the CPU) for an expert that
/// does not exist.
template <class D>
Tensor<std::int32_t, D> expert_load(const Tensor<std::int32_t, D>& indices_in, std::int64_t E, std::int64_t B,
                                    std::int64_t group = 1) {
  HADAL_CHECK(indices_in.rank() == 2, ShapeError, "expert_load: indices must be (N, K), got ", indices_in.shape());
  HADAL_CHECK(B >= 1 && indices_in.shape(0) % B == 0, ShapeError, "expert_load: indices ", indices_in.shape(),
              " are not ", B, " sequences of equal length");
  HADAL_CHECK(E >= 1 && group >= 1 && E % group == 0, ValueError, "expert_load: groups of ", group,
              " must divide the experts, of which there are ", E);
  const Tensor<std::int32_t, D> indices = indices_in.dense_rows();
  auto load = Tensor<std::int32_t, D>::empty({B, E / group});
  expert_load_forward(D{}, load.out(), indices.view(), group);
  return load;
}

/// How many tokens choose each expert.      indices: (N, K)  ->  (E)
template <class D>
Tensor<std::int32_t, D> expert_load(const Tensor<std::int32_t, D>& indices, std::int64_t E) {
  return expert_load(indices, E, 1).reshape({E});
}

/// MaxVio: (max(load) - mean(load)) / mean(load), 0 for no load.      load: (..., E) int32 or int64  ->  (...) float
/// Throws ShapeError without a last axis. Source: Wang et al. 2024 (arXiv 2408.15664), section 4.
template <class I, class D>
Tensor<float, D> max_violation(const Tensor<I, D>& load) {
  static_assert(std::is_integral_v<I>, "max_violation: loads are counts");
  HADAL_CHECK(load.rank() >= 1 && load.shape(-1) >= 1, ShapeError, "max_violation: load must be (..., E), got ",
              load.shape());
  auto y = Tensor<float, D>::empty(load.shape().first(load.rank() - 1));
  max_violation_forward(D{}, y.out(), load.dense_rows().view());
  return y;
}

}  // namespace hadal
