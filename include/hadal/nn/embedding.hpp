// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/embedding.hpp>
#include <hadal/tensor/walk.hpp>

namespace hadal {

/// Row `id` of the table for every id.        ids: (...) -> (..., C)
template <class T, class D>
struct Embedding {
  Tensor<T, D> weight;  // (V, C)

  static void visit(auto&& v, auto&... self) { v("weight", self.weight...); }

  static Embedding make(std::int64_t V, std::int64_t C, Key key, double deviation = 0.02) {
    return {Tensor<T, D>::normal({V, C}, key.fold("weight"), 0, deviation)};
  }

  Tensor<T, D> operator()(const Tensor<std::int32_t, D>& ids) const { return embedding(weight, ids); }
};

}  // namespace hadal
