// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tree/parameters.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace hadal::test {

/// The trained tensors of a model, made leaves, with those given.
template <class T = double, class M>
std::vector<Tensor<T>> leaves(M& model, std::vector<Tensor<T>> more = {}) {
  trainable(model);
  for (const auto& p : parameters(model)) more.push_back(Tensor<T>::wrap(p.tensor));
  return more;
}

/// The published names of a model's tensors, of the first entry where they are stacked.
template <class M>
std::vector<std::string> names(const M& model) {
  std::vector<std::string> list;
  walk([&](const Place& p, const auto&) { list.push_back(p.stacked ? p.entry(0) : p.name); }, model);
  return list;
}

/// The largest difference of two tensors' elements; infinite where the shapes differ.
template <class T>
double distance(const Tensor<T>& a, const Tensor<T>& b) {
  if (a.shape() != b.shape()) return HUGE_VAL;
  const auto x = a.to_vector(), y = b.to_vector();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double d = std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i]));
    if (std::isnan(d)) return HUGE_VAL;
    worst = std::max(worst, d);
  }
  return worst;
}

}  // namespace hadal::test
