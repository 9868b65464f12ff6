// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/matmul.hpp>
#include <hadal/tensor/views.hpp>

#include <utility>

namespace hadal {

namespace detail {

/// The view with its last two axes exchanged, if asked.
template <class T>
StridedView<T> transposed(StridedView<T> v, bool exchange = true) {
  if (exchange) {
    std::swap(v.shape[-1], v.shape[-2]);
    std::swap(v.strides[-1], v.strides[-2]);
  }
  return v;
}

/// The view with its leading axes (all but two) stretched to `leading`.
template <class T>
StridedView<T> with_leading(const StridedView<T>& v, const Shape& leading) {
  StridedView<T> r{v.data, leading.append(v.shape[-2]).append(v.shape[-1]), {}};
  r.strides.rank = r.shape.rank;
  for (int i = 1; i <= v.shape.rank; ++i)
    r.strides[-i] = i > 2 && v.shape[-i] != r.shape[-i] ? 0 : v.strides[-i];
  return r;
}

/// dx (+)= A B, where A B has leading axes that dx may lack: those are summed. `exchange`: dx is (A B)^T.
template <class G, class T, class D>
void matmul_gradient(GradTarget<G, D>& dx, const Tensor<T, D>& x, bool exchange, const Shape& leading,
                     const StridedView<const T>& a, const StridedView<const T>& b) {
  if (!dx) return;
  const Shape own = x.shape().first(x.rank() - 2);
  const auto strided = [](const View<G>& v) { return StridedView<G>{v.data, v.shape, dense_strides(v.shape)}; };
  if (own == leading) {
    const GradView<G> g = dx.view();
    matmul_strided(D{}, transposed(strided(g.view), exchange), a, b, g.add);
  } else {
    auto all = Tensor<G, D>::empty(leading.append(x.shape(-2)).append(x.shape(-1)));
    matmul_strided(D{}, transposed(strided(all.out()), exchange), a, b, false);
    dx.accumulate(sum_to(all, x.shape()));
  }
}

}  // namespace detail

/// c = a b over the last two axes, leading axes broadcast        a: (..., M, K)  b: (..., K, N)  ->  (..., M, N)
/// transpose_a reads a as (..., K, M), transpose_b reads b as (..., N, K), without copies. Sums are kept in the
/// accumulator type. Throws ShapeError when the inner sizes or the leading axes do not fit.
template <class T, class D>
Tensor<T, D> matmul(const Tensor<T, D>& a_in, const Tensor<T, D>& b_in, bool transpose_a = false,
                    bool transpose_b = false) {
  HADAL_CHECK(a_in.rank() >= 2 && b_in.rank() >= 2, ShapeError, "matmul: both need at least 2 axes, got ", a_in.shape(),
              " and ", b_in.shape());
  const std::int64_t M = a_in.shape(transpose_a ? -1 : -2), K = a_in.shape(transpose_a ? -2 : -1);
  const std::int64_t inner = b_in.shape(transpose_b ? -1 : -2), N = b_in.shape(transpose_b ? -2 : -1);
  HADAL_CHECK(K == inner, ShapeError, "matmul: ", a_in.shape(), transpose_a ? " transposed" : "", " and ", b_in.shape(),
              transpose_b ? " transposed" : "", " must agree in the inner size, got ", K, " and ", inner);
  const Shape leading =
      broadcast_shape("matmul", a_in.shape().first(a_in.rank() - 2), b_in.shape().first(b_in.rank() - 2));
  if (b_in.rank() == 2 && a_in.rank() > 2 && !transpose_a) {  // one product of all rows instead of many
    return matmul(a_in.reshape({leading.size() * M, K}), b_in, false, transpose_b).reshape(leading.append(M).append(N));
  }
  // One of a matrix's two axes must be dense.
  const auto usable = [](const Tensor<T, D>& t) {
    return t.strides()[-1] == 1 || t.strides()[-2] == 1 ? t : t.contiguous();
  };
  const Tensor<T, D> a = usable(a_in), b = usable(b_in);
  auto c = Tensor<T, D>::empty(leading.append(M).append(N));
  const double operations = 2.0 * static_cast<double>(c.size()) * static_cast<double>(K);
  {
    trace::Scope scope("matmul", operations, static_cast<double>(a.bytes() + b.bytes() + c.bytes()));
    const View<T> out = c.out();
    matmul_strided(D{}, StridedView<T>{out.data, out.shape, dense_strides(out.shape)},
                   detail::with_leading(detail::transposed(a.strided_view(), transpose_a), leading),
                   detail::with_leading(detail::transposed(b.strided_view(), transpose_b), leading), false);
  }
  record("matmul", c, inputs(a, b), saved(keep("a", a), keep("b", b)),
         [operations, transpose_a, transpose_b, leading](const auto& dc, auto& da, auto& db, const auto& a,
                                                         const auto& b) {
           trace::Scope scope("matmul backward", (bool(da) + bool(db)) * operations,
                              static_cast<double>(2 * (dc.bytes() + a.bytes() + b.bytes())));
           const auto dc_view = dc.strided_view();
           const auto bt = detail::with_leading(detail::transposed(b.strided_view(), !transpose_b), leading);
           const auto at = detail::with_leading(detail::transposed(a.strided_view(), !transpose_a), leading);
           detail::matmul_gradient(da, a, transpose_a, leading, dc_view, bt);
           detail::matmul_gradient(db, b, transpose_b, leading, at, dc_view);
         });
  return c;
}

}  // namespace hadal
