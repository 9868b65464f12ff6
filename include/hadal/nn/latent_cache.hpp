// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/views.hpp>

#include <vector>

namespace hadal {

/// One layer's cache of multi-head latent attention: per token the latent c and the rotated rope key kr, R + dr
/// numbers for all heads together.
template <class A, class D>
struct LatentLayerCache {
  Tensor<A, D> rows;        // (B, capacity, R + dr)
  std::int64_t length = 0;  // tokens held

  /// The rows held, (B, length, R + dr), sharing the memory.
  Tensor<A, D> keys() const { return rows.slice(1, 0, length); }

  /// Adds L tokens.        c: (B, L, R)  kr: (B, L, 1, dr)
  void append(const Tensor<A, D>& c, const Tensor<A, D>& kr) {
    const std::int64_t L = c.shape(1), R = c.shape(2);
    HADAL_CHECK(c.shape(0) == rows.shape(0), ShapeError, "latent cache: made for ", rows.shape(0), " sequences, got ",
                c.shape(0));
    HADAL_CHECK(length + L <= rows.shape(1), ValueError, "latent cache: ", length, " tokens and ", L,
                " more exceed its capacity of ", rows.shape(1));
    no_grad([&] {
      Tensor<A, D> to = rows.slice(1, length, length + L);
      copy_strided(D{}, to.slice(2, 0, R).mutable_strided_view(), c.strided_view());
      copy_strided(D{}, to.slice(2, R, rows.shape(2)).mutable_strided_view(), kr.squeeze(2).strided_view());
    });
    length += L;
  }
};

/// The caches of all layers of a model.
template <class A, class D>
struct LatentCache {
  std::vector<LatentLayerCache<A, D>> layers;

  /// Room for `capacity` tokens of B sequences.
  static LatentCache make(std::int64_t layers, std::int64_t B, std::int64_t capacity, std::int64_t R, std::int64_t dr) {
    LatentCache cache;
    for (std::int64_t i = 0; i < layers; ++i) cache.layers.push_back({Tensor<A, D>::zeros({B, capacity, R + dr}), 0});
    return cache;
  }
  std::int64_t length() const { return layers.empty() ? 0 : layers[0].length; }
  std::int64_t capacity() const { return layers.empty() ? 0 : layers[0].rows.shape(1); }
  /// Forgets all tokens after the first n.
  void truncate(std::int64_t n) {
    HADAL_CHECK(n >= 0 && n <= length(), ValueError, "latent cache: cannot keep ", n, " of ", length(), " tokens");
    for (auto& layer : layers) layer.length = n;
  }
};

}  // namespace hadal
