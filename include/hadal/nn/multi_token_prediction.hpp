// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/block.hpp>

namespace hadal {

/// One step of multi-token prediction (DeepSeek-V3, section 2.2): from the main model's hidden state of token i and the
/// embedding of token i+1 it makes the hidden state from which the shared head predicts token i+2:
///   h' = eh_proj [enorm(Emb(t_{i+1})) ; hnorm(h_i)],   one block,   norm
/// The published weights order the columns of eh_proj [embedding ; hidden]. Embedding and head are the main model's.
template <class T, class D>
struct MultiTokenPrediction {
  RmsNorm<T, D> enorm, hnorm;  // (C)
  Linear<T, D> eh_proj;        // (C, 2 C)
  Block<T, D> block;
  RmsNorm<T, D> norm;          // (C), published as shared_head.norm

  static void visit(auto&& v, auto&... self) {
    v("enorm", self.enorm...);
    v("hnorm", self.hnorm...);
    v("eh_proj", self.eh_proj...);
    v("", self.block...);
    v("shared_head.norm", self.norm...);
  }

  /// hidden: (B, L, C), after the main model's final norm   next: (B, L, C), the embeddings of the tokens one later
  /// -> (B, L, C), after the module's norm
  template <class A>
  BlockOutput<A, D> operator()(const Tensor<A, D>& hidden, const Tensor<A, D>& next,
                               const RopeTable<Accumulator<A>, D>& table,
                               const AttentionOptions<D>& options = {}) const {
    BlockOutput<A, D> out = block(combined(hidden, next), table, options);
    out.x = norm(out.x);
    return out;
  }
  /// The same for tokens that follow those in a cache.
  template <class A>
  BlockOutput<A, D> operator()(const Tensor<A, D>& hidden, const Tensor<A, D>& next,
                               const RopeTable<Accumulator<A>, D>& table, LatentLayerCache<A, D>& cache,
                               const CacheStep<D>& step) const {
    BlockOutput<A, D> out = block(combined(hidden, next), table, cache, step);
    out.x = norm(out.x);
    return out;
  }

 private:
  template <class A>
  Tensor<A, D> combined(const Tensor<A, D>& hidden, const Tensor<A, D>& next) const {
    HADAL_CHECK(hidden.shape() == next.shape(), ShapeError, "multi-token prediction: hidden ", hidden.shape(),
                " and next ", next.shape(), " must have one shape");
    return eh_proj(concatenate(std::vector<Tensor<A, D>>{enorm(next), hnorm(hidden)}, -1));
  }
};

}  // namespace hadal
