// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/tensor.hpp>
#include <hadal/tensor/walk.hpp>

#include <vector>

namespace hadal {

/// A tensor of a model and where it belongs. The handle shares elements and gradient with the model's own.
struct NamedTensor {
  Place place;
  TensorBase tensor;
};

namespace detail {

template <class M, class F>
std::vector<NamedTensor> collect(const M& model, const F& wanted) {
  std::vector<NamedTensor> list;
  walk([&](const Place& place, const auto& t) {
    if constexpr (requires { t.packed; })
      HADAL_CHECK(!t.packed, ValueError, "parameters: '", place.name,
                  "' is packed for decoding; train and save the model it was made from");
    if (t.defined() && wanted(place.role)) list.push_back({place, t});
  }, model);
  return list;
}

}  // namespace detail

/// The trained tensors, in walk order; a shared one is there once.
template <class M>
std::vector<NamedTensor> parameters(const M& model) {
  return detail::collect(model, [](Role role) { return role == Role::trained; });
}

/// What a checkpoint holds: trained tensors and buffers, in walk order.
template <class M>
std::vector<NamedTensor> state_dict(const M& model) {
  return detail::collect(model, [](Role role) { return role != Role::constant; });
}

/// The number of trained elements.
template <class M>
std::int64_t count_parameters(const M& model) {
  std::int64_t n = 0;
  for (const NamedTensor& p : parameters(model)) n += p.tensor.size();
  return n;
}

/// Makes every trained tensor a leaf that collects gradients. Call it once the model stands: copies of a module made
/// before do not share the gradients. A stack whose entries lie apart (in a mapped file) is copied together first.
template <class M>
void trainable(M& model) {
  parameters(model);  // throws for packed weights
  walk([]<class T, class D>(const Place& place, Tensor<T, D>& t) {
    if constexpr (is_real<T>)
      if (place.role == Role::trained && t.defined()) t = t.contiguous().set_requires_grad();
  }, model);
}

/// Drops all gradients.
template <class M>
void zero_grad(const M& model) {
  for (const NamedTensor& p : parameters(model))
    if (p.tensor.slot()) p.tensor.slot()->gradient = {};
}

}  // namespace hadal
