// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/walk.hpp>
#include <hadal/tensor/weight.hpp>

namespace hadal {

/// Packs the matrices of a model for products that are made often, one after the other, and lets go of the originals:
/// projections, experts and a head of its own. What matters little for memory and much for the result stays as it is:
/// norms, routers, embeddings, and the up-projection of latents (kv_b_proj), which the absorbed form of attention reads
/// both ways. The model then computes forwards only, and is no longer saved or trained: that throws ValueError.
template <class M>
void pack(M& model, PackedFormat format) {
  GradMode off(false);
  walk(
      [&](const Place& place, auto& w) {
        if constexpr (requires { w.packed; })
          if (w.defined() && !place.name.ends_with("kv_b_proj.weight")) w.pack(format);
      },
      model);
}

}  // namespace hadal
