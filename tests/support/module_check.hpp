// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>
#include <hadal/tree/parameters.hpp>

/// The gradient error (see hadal::grad_error) of a module's parameters, and of an input if there is one. Gives every
/// parameter fresh values of deviation 0.5 first, so that norms and biases are not at their special initial values.
template <class M, class F>
double module_grad_error(M& module, const F& f, std::vector<hadal::Tensor<double>> inputs = {}) {
  using namespace hadal;
  std::uint64_t i = 0;
  walk([&]<class T>(const Place& place, T& t) {
    if constexpr (std::is_same_v<T, Tensor<double>>)
      if (place.role == Role::trained) {
        t = Tensor<double>::normal(t.shape(), Key{77}.fold(i++), 0, 0.5).set_requires_grad();
        inputs.push_back(t);
      }
  }, module);
  return grad_error([&] { return f(); }, inputs);
}
