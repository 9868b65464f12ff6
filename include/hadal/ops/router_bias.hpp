// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/router_bias.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// Balances experts without a loss: in place, bias += gamma * sign(mean(load) - load), once per optimizer step, with
/// the load of the whole batch (all micro-batches, all machines).      bias: (E)  load: (E) int32 or int64 With
/// mean_corrected the mean of the signs is taken off, so that the biases do not drift. Throws ShapeError for other
/// shapes, ValueError for a negative or infinite gamma. Source: Wang et al. 2024 (arXiv 2408.15664), algorithm 1;
/// corrected: Moonlight (arXiv 2502.16982), appendix C.
template <class I, class D>
void update_router_bias(Tensor<float, D>& bias, const Tensor<I, D>& load, double gamma, bool mean_corrected = false) {
  static_assert(std::is_integral_v<I>, "update_router_bias: loads are counts");
  HADAL_CHECK(bias.rank() == 1 && bias.is_contiguous(), ShapeError,
              "update_router_bias: bias must be (E) without gaps, got ", bias.shape());
  HADAL_CHECK(load.shape() == bias.shape(), ShapeError, "update_router_bias: load must be ", bias.shape(),
              " to match bias, got ", load.shape());
  HADAL_CHECK(gamma >= 0 && gamma < 1e300, ValueError,
              "update_router_bias: gamma must be finite and not negative, got ", gamma);
  router_bias_update(D{}, bias.mutable_view(), load.contiguous().view(), gamma, mean_corrected);
}

}  // namespace hadal
