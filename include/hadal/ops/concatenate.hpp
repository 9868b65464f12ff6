// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/tensor/views.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace hadal {

/// The tensors one after the other along an axis; all other axes agree.
///   (.., n_1, ..), (.., n_2, ..), ..  ->  (.., n_1 + n_2 + .., ..)
template <class T, class D>
Tensor<T, D> concatenate(const std::vector<Tensor<T, D>>& list, int axis = 0) {
  HADAL_CHECK(!list.empty(), ValueError, "concatenate: there are no tensors");
  Shape shape = list[0].shape();
  axis = normal_axis("concatenate", axis, shape.rank);
  shape[axis] = 0;
  for (const auto& x : list) {
    Shape expected = list[0].shape();
    if (x.rank() == shape.rank) expected[axis] = x.shape(axis);
    HADAL_CHECK(x.shape() == expected, ShapeError, "concatenate: shapes must agree but for axis ", axis, ", got ",
                list[0].shape(), " and ", x.shape());
    shape[axis] += x.shape(axis);
  }
  auto y = Tensor<T, D>::empty(shape);
  {
    trace::Scope scope("concatenate", 0, 2.0 * static_cast<double>(y.bytes()));
    std::int64_t at = 0;
    for (const auto& x : list) {
      Tensor<T, D> part = y.slice(axis, at, at + x.shape(axis));
      copy_strided(D{}, StridedView<T>{part.data(), part.shape(), part.strides()}, x.strided_view());
      at += x.shape(axis);
    }
  }
  if constexpr (is_real<T>) {
    record("concatenate", y, list, [axis](const auto& dy, auto& dx, const std::vector<Shape>& shapes) {
      trace::Scope scope("concatenate backward", 0, 2.0 * static_cast<double>(dy.bytes()));
      std::int64_t at = 0;
      for (std::size_t i = 0; i < dx.size(); ++i) {
        dx[i].accumulate(dy.slice(axis, at, at + shapes[i][axis]));
        at += shapes[i][axis];
      }
    });
  }
  return y;
}

/// The tensors, all of one shape, along a new axis        n x (..)  ->  (.., n, ..)
template <class T, class D>
Tensor<T, D> stack(const std::vector<Tensor<T, D>>& list, int axis = 0) {
  HADAL_CHECK(!list.empty(), ValueError, "stack: there are no tensors");
  std::vector<Tensor<T, D>> parts;
  for (const auto& x : list) {
    HADAL_CHECK(x.shape() == list[0].shape(), ShapeError, "stack: shapes must agree, got ", list[0].shape(), " and ",
                x.shape());
    parts.push_back(x.unsqueeze(axis));
  }
  return concatenate(parts, axis);
}

namespace detail {

/// The backward of a split: the gradients of all pieces are written into x's at once. A piece nobody used has none.
template <class T, class D>
struct SplitRunner {
  static void run(Node& node) {
    GradTarget<T, D> target(node.inputs[0].get());
    if (target) {
      const auto& sizes = *static_cast<const std::vector<std::int64_t>*>(node.state.get());
      int axis;
      std::memcpy(&axis, node.closure, sizeof axis);
      trace::Scope scope("split backward", 0, 2.0 * sizeof(T) * static_cast<double>(target.shape().size()));
      const bool all = std::all_of(node.outputs.begin(), node.outputs.end(),
                                   [](const Slot* s) { return s && s->gradient.defined(); });
      GradView<T> dx = target.view();
      if (!all && !dx.add) {
        fill(D{}, dx.view, T(0.0f));
        dx.add = true;
      }
      StridedView<T> to{dx.view.data, dx.view.shape, dense_strides(dx.view.shape)};
      for (std::size_t i = 0; i < node.outputs.size(); to.data += to.shape[axis] * to.strides[axis], ++i) {
        to.shape[axis] = sizes[i];
        const auto dy = Tensor<T, D>::wrap(take_gradient(node, i));
        if (!dy.defined()) continue;
        if (dx.add) add_strided(D{}, to, dy.strided_view());
        else copy_strided(D{}, to, dy.strided_view());
      }
    }
    target.finish(node.op);
  }
};

}  // namespace detail

/// Cuts an axis into pieces of the given sizes, which share x's elements.
///   (.., n_1 + n_2 + .., ..)  ->  (.., n_1, ..), (.., n_2, ..), ..
template <class T, class D>
std::vector<Tensor<T, D>> split(const Tensor<T, D>& x, const std::vector<std::int64_t>& sizes, int axis = 0) {
  axis = normal_axis("split", axis, x.rank());
  std::int64_t total = 0;
  for (std::int64_t n : sizes) {
    HADAL_CHECK(n >= 0, ShapeError, "split: sizes must not be negative, got ", n);
    total += n;
  }
  HADAL_CHECK(total == x.shape(axis), ShapeError, "split: the sizes must add to ", x.shape(axis), ", axis ", axis,
              " of ", x.shape(), ", got ", total);
  std::vector<Tensor<T, D>> parts;
  std::int64_t at = 0;
  for (std::int64_t n : sizes) {
    parts.push_back(x.detach().slice(axis, at, at + n));
    at += n;
  }
  if constexpr (is_real<T>) {
    std::vector<TensorBase*> results;
    for (auto& part : parts) results.push_back(&part);
    const TensorBase* const input = &x;
    Node* node =
        detail::add_node("split", &detail::SplitRunner<T, D>::run, &axis, sizeof axis, results, {&input, 1}, {});
    if (node) node->state = std::make_shared<std::vector<std::int64_t>>(sizes);
  }
  return parts;
}

/// x, n times over along an axis        (.., m, ..)  ->  (.., n m, ..)
template <class T, class D>
Tensor<T, D> repeat(const Tensor<T, D>& x, std::int64_t n, int axis = 0) {
  axis = normal_axis("repeat", axis, x.rank());
  HADAL_CHECK(n >= 1, ValueError, "repeat: the count must be at least 1, got ", n);
  Shape copies = x.unsqueeze(axis).shape(), shape = x.shape();
  copies[axis] = n;
  shape[axis] *= n;
  return x.unsqueeze(axis).expand(copies).reshape(shape);
}

}  // namespace hadal
