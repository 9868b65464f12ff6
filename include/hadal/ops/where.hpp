// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/arithmetic.hpp>

namespace hadal {

namespace detail {

// A mask arrives as zeros and ones.
struct Where {
  template <class V> HADAL_HD V operator()(V a, V b, V mask) const { return mask != 0 ? a : b; }
};
struct KeepWhere {
  template <class V> HADAL_HD V operator()(V dy, V mask) const { return mask != 0 ? dy : V{}; }
};
template <class A>
struct FillWhere {
  A value;
  template <class V> HADAL_HD V operator()(V x, V mask) const { return mask != 0 ? V{} + value : x; }
};

}  // namespace detail

/// a where the mask is true, else b; all three broadcast.
template <class T, class D>
Tensor<T, D> where(const Tensor<bool, D>& mask, const Tensor<T, D>& a, const Tensor<T, D>& b) {
  const Shape shape = broadcast_shape("where", broadcast_shape("where", a.shape(), b.shape()), mask.shape());
  Tensor<T, D> y = detail::mapped("where", detail::Where{}, shape, a, b, mask);
  if constexpr (is_real<T>)
    record("where", y, inputs(a, b), saved(keep("mask", mask)),
           [](const auto& dy, auto& da, auto& db, const auto& mask) {
             detail::map_gradient(da, detail::KeepWhere{}, dy, mask);
             detail::map_gradient(db, detail::FillWhere<Accumulator<T>>{0}, dy, mask);
           });
  return y;
}

/// x with `value` where the mask is true; both broadcast.
template <class T, class D>
Tensor<T, D> masked_fill(const Tensor<T, D>& x, const Tensor<bool, D>& mask, double value) {
  using Fill = detail::FillWhere<Accumulator<T>>;
  const Shape shape = broadcast_shape("masked_fill", x.shape(), mask.shape());
  Tensor<T, D> y = detail::mapped("masked_fill", Fill{static_cast<Accumulator<T>>(value)}, shape, x, mask);
  if constexpr (is_real<T>)
    record("masked_fill", y, inputs(x), saved(keep("mask", mask)), [](const auto& dy, auto& dx, const auto& mask) {
      detail::map_gradient(dx, Fill{0}, dy, mask);
    });
  return y;
}

}  // namespace hadal
