// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/convert.hpp>
#include <hadal/tensor/tensor.hpp>
#include <hadal/tensor/views.hpp>
#include <hadal/tensor/walk.hpp>

#include <vector>

namespace hadal {

/// x on another device.
template <class D, class T, class E>
Tensor<T, D> to_device(const Tensor<T, E>& x) {
  if constexpr (std::is_same_v<D, E>) {
    return x;
  } else {
    const Tensor<T, E> dense = x.detach().contiguous();
    Tensor<T, D> y = Tensor<T, D>::empty(x.shape());
    std::vector<std::byte> bytes(dense.bytes());
    copy_to_host(E{}, bytes.data(), dense.data_address(), bytes.size());
    copy_from_host(D{}, y.data_address(), bytes.data(), bytes.size());
    return y;
  }
}

/// to = from, element by element, whatever their types and devices; `name` opens the message of a ShapeError. Both are
/// real, or of one type.
template <class T, class D, class S, class E>
void copy_into(std::string_view name, Tensor<T, D>& to, const Tensor<S, E>& from) {
  static_assert(std::is_same_v<T, S> || (is_real<T> && is_real<S>), "copy_into: integers do not turn into reals");
  HADAL_CHECK(to.shape() == from.shape(), ShapeError, name, ": cannot copy ", from.shape(), " into ", to.shape());
  if (to.size() == 0) return;
  const Tensor<S, D> here = to_device<D>(from.detach());
  GradMode off(false);
  if constexpr (std::is_same_v<T, S>) copy_strided(D{}, to.mutable_strided_view(), here.strided_view());
  else convert(D{}, to.mutable_view(), here.contiguous().view());
}

/// Copies the values of a model into another of the same structure; element types and devices may differ. This is how
/// a float model becomes a bf16 one, or moves to another device. Throws ShapeError naming the tensor.
template <class To, class From>
void copy_values(To& to, const From& from) {
  walk([](const Place& place, auto& t, const auto& f) {
    HADAL_CHECK(t.defined() == f.defined(), ValueError, "copy_values: '", place.name,
                "' is present in one model and absent in the other");
    if (t.defined()) copy_into(place.name, t, f);
  }, to, from);
}

/// a <- keep * a + (1 - keep) * b over the trained tensors and real buffers of two models of one device: the moving
/// average of weights. Other buffers are copied. Throws ValueError unless 0 <= keep <= 1; ShapeError naming the tensor.
template <class A, class B>
void average(A& a, const B& b, double keep) {
  HADAL_CHECK(keep >= 0 && keep <= 1, ValueError, "average: keep must be between 0 and 1, got ", keep);
  GradMode off(false);
  walk([&]<class T, class S, class D>(const Place& place, Tensor<T, D>& x, const Tensor<S, D>& y) {
    if (place.role == Role::constant || !x.defined()) return;
    HADAL_CHECK(x.shape() == y.shape(), ShapeError, place.name, ": cannot average ", x.shape(), " with ", y.shape());
    if constexpr (is_real<T> && is_real<S>) average_into(D{}, x.mutable_view(), y.contiguous().view(), keep);
    else copy_into(place.name, x, y);
  }, a, b);
}

}  // namespace hadal
