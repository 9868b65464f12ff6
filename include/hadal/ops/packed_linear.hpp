// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/packed.hpp>
#include <hadal/ops/grouped_linear.hpp>
#include <hadal/ops/linear.hpp>
#include <hadal/tensor/weight.hpp>

namespace hadal {

namespace detail {

template <class T, class D>
void check_packed(const char* op, const Tensor<T, D>& x, const PackedMatrix& m) {
  HADAL_CHECK(x.rank() >= 1 && x.shape(-1) == m.in, ShapeError, op, ": the last axis of x ", x.shape(), " must be the ",
              m.in, " inputs of the packed weight");
  HADAL_CHECK(!grad_enabled() || !x.requires_grad(), GradError, op,
              ": packed weights are for decoding, no gradient flows through them; call it under no_grad");
}

}  // namespace detail

/// y = x W^T + b + residual, as linear, for a weight that may be packed. Panels give what the weight gave; bytes and
/// half bytes multiply activations rounded to bytes, with a scale for each row: max |x| / 127. Packed weights have no
/// gradient: throws GradError when one is wanted.
template <class T, class W, class D, bool in_first>
Tensor<T, D> linear(const Tensor<T, D>& x_in, const Weight<W, D, in_first>& weight, const Tensor<W, D>& bias = {},
                    const Tensor<T, D>& residual = {}) {
  if (!weight.packed) return linear(x_in, static_cast<const Tensor<W, D>&>(weight), bias, residual, 1, in_first);
  const PackedMatrix& m = weight.packed.matrix;
  detail::check_packed("linear", x_in, m);
  HADAL_CHECK(m.E == 1 && (!bias.defined() || bias.shape() == Shape{m.out}), ShapeError, "linear: bias must be (",
              m.out, ") to match one packed weight, got ", bias.shape(), " and ", m.E, " weights");
  const Tensor<T, D> x = x_in.dense_rows();
  const Tensor<W, D> b = bias.defined() ? bias.contiguous() : bias;
  auto y = Tensor<T, D>::empty(x.shape().with_last(m.out));
  trace::Scope scope("packed_linear", 2.0 * static_cast<double>(x.size()) * static_cast<double>(m.out),
                     static_cast<double>(m.bytes()) + static_cast<double>(x.bytes() + y.bytes()));
  packed_linear_forward(D{}, y.out(), x.view(), m, b.defined() ? b.view() : View<const W>{});
  return residual.defined() ? residual + y : y;
}

/// For every expert e, rows offsets[e] .. offsets[e+1] of y:  y_e = x_e W_e^T, as grouped_linear, for weights that may
/// be packed.
template <class T, class W, class D, bool in_first>
Tensor<T, D> grouped_linear(const Tensor<T, D>& x_in, const Weight<W, D, in_first>& weight,
                            const Tensor<std::int32_t, D>& offsets_in) {
  if (!weight.packed) return grouped_linear(x_in, static_cast<const Tensor<W, D>&>(weight), offsets_in);
  const PackedMatrix& m = weight.packed.matrix;
  detail::check_packed("grouped_linear", x_in, m);
  HADAL_CHECK(x_in.rank() == 2 && offsets_in.shape() == Shape{m.E + 1}, ShapeError, "grouped_linear: x must be (N, ",
              m.in, ") and offsets (", m.E + 1, ") to match the packed weight, got ", x_in.shape(), " and ",
              offsets_in.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  const Tensor<std::int32_t, D> offsets = offsets_in.contiguous();
  auto y = Tensor<T, D>::empty({x.shape(0), m.out});
  trace::Scope scope("packed_grouped_linear", 2.0 * static_cast<double>(x.size()) * static_cast<double>(m.out),
                     static_cast<double>(m.bytes()) + static_cast<double>(x.bytes() + y.bytes()));
  packed_grouped_linear_forward<W>(D{}, y.out(), x.view(), m, offsets.view());
  return y;
}

}  // namespace hadal
