// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/latent_rows.hpp>
#include <hadal/core/trace.hpp>
#include <hadal/cpu/latent_attention.hpp>
#include <hadal/tensor/views.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

namespace hadal {

/// The two ways of computing latent attention over a cache: keys and values of all heads written out, as in training,
/// or all heads attending to the latents themselves. See cheaper_form in latent_attention.hpp.
enum class LatentForm { naive, absorbed };

/// Which tokens a pass over a cache adds: sequence b, which lives in slots[b], gets the first counts[b] of L tokens;
/// the rest of its row is padding, which is computed for nothing and seen by no one. Made by LatentCache::step.
template <class D>
struct CacheStep {
  std::vector<std::int64_t> slots, counts;  // B each
  LatentForm form = LatentForm::absorbed;
  std::int64_t keys = 0;              // S: tokens of the longest sequence, the new ones included
  Tensor<std::int32_t, D> slot;       // (B)
  Tensor<std::int32_t, D> positions;  // (B, L), 0 for padding
  Tensor<std::int32_t, D> end;        // (B, L): the keys a token sees; 0 for padding
  Tensor<std::int32_t, D> length;     // (B): tokens of the sequence, the new ones included

  Shape shape() const { return positions.shape(); }
};

/// One layer's cache of multi-head latent attention: per token the latent c and the rotated rope key kr, R + dr
/// numbers for all heads together.
template <class A, class D>
struct LatentLayerCache {
  StorageRef storage;
  LatentLayout layout;
  std::int64_t slots = 0, capacity = 0;

  /// Writes the step's tokens behind those of their sequences.        c: (B, L, R)  kr: (B, L, 1, dr)
  void store(const CacheStep<D>& step, const Tensor<A, D>& c, const Tensor<A, D>& kr) {
    HADAL_CHECK(c.shape() == step.shape().append(layout.R) && kr.shape() == step.shape().append(1).append(layout.dr),
                ShapeError, "latent cache: the step ", step.shape(), " needs c (B, L, ", layout.R,
                ") and kr (B, L, 1, ", layout.dr, "), got ", c.shape(), " and ", kr.shape());
    const Tensor<A, D> dense_c = c.dense_rows(), dense_kr = kr.dense_rows();
    trace::Scope scope("store_latents", 0, 2.0 * static_cast<double>(dense_c.bytes() + dense_kr.bytes()));
    store_latents(D{}, rows(step), dense_c.view(), dense_kr.view(), step.end.view());
  }

  /// All tokens of the step's sequences as rows [c | kr] (B, S, R + dr), 0 past a sequence's end.
  Tensor<A, D> load(const CacheStep<D>& step) const {
    auto all = Tensor<A, D>::empty({step.slot.size(), step.keys, layout.R + layout.dr});
    trace::Scope scope("load_latents", 0, 2.0 * static_cast<double>(all.bytes()));
    load_latents(D{}, all.out(), rows(step), step.length.view());
    return all;
  }

  /// sum over the keys j that a token sees of softmax(scale q_h . [c_j | kr_j]) c_j
  /// q: (B, L, H, R + dr)  ->  (B, L, H, R)
  Tensor<A, D> attend(const CacheStep<D>& step, const Tensor<A, D>& q, double scale) const {
    HADAL_CHECK(q.rank() == 4 && q.shape().first(2) == step.shape() && q.shape(3) == layout.R + layout.dr, ShapeError,
                "latent cache: the step ", step.shape(), " needs q (B, L, H, ", layout.R + layout.dr, "), got ",
                q.shape());
    auto z = Tensor<A, D>::empty(q.shape().with_last(layout.R));
    double pairs = 0;
    for (std::size_t b = 0; b < step.counts.size(); ++b)
      pairs += static_cast<double>(step.counts[b] * step.keys);
    trace::Scope scope("latent_attention", 2 * pairs * static_cast<double>(q.shape(2) * (2 * layout.R + layout.dr)),
                       static_cast<double>(step.slot.size() * step.keys * layout.row_bytes()));
    latent_attention_forward(D{}, z.out(), q.contiguous().strided_view(), rows(step), step.end.view(), scale);
    return z;
  }

 private:
  LatentRows rows(const CacheStep<D>& step) const {
    return {static_cast<unsigned char*>(storage->data), layout, capacity, step.slot.view()};
  }
};

/// The caches of all layers of a model, for many sequences. Each sequence has a slot and a length of its own; a slot is
/// emptied and taken by another sequence at any time, and no sequence's results depend on the others.
template <class A, class D>
struct LatentCache {
  std::vector<LatentLayerCache<A, D>> layers;
  std::vector<std::int64_t> lengths;  // of every slot

  /// Room for `capacity` tokens in each of `slots` slots.
  static LatentCache make(std::int64_t layers, std::int64_t slots, std::int64_t capacity, std::int64_t R,
                          std::int64_t dr, CacheFormat format = CacheFormat::full) {
    HADAL_CHECK(slots >= 0 && capacity >= 0, ValueError, "latent cache: slots and capacity must not be negative, got ",
                slots, " and ", capacity);
    const LatentLayout layout{format, R, dr, static_cast<std::int64_t>(sizeof(A))};
    const auto bytes = static_cast<std::size_t>(slots * capacity * layout.row_bytes());
    LatentCache cache;
    for (std::int64_t i = 0; i < layers; ++i) cache.layers.push_back({allocate(D{}, bytes), layout, slots, capacity});
    cache.lengths.assign(static_cast<std::size_t>(slots), 0);
    return cache;
  }

  std::int64_t slots() const { return static_cast<std::int64_t>(lengths.size()); }
  std::int64_t capacity() const { return layers.empty() ? 0 : layers[0].capacity; }
  std::int64_t length(std::int64_t slot) const { return lengths[index(slot)]; }
  /// Bytes held for each token there is room for.
  std::int64_t bytes_per_token() const {
    std::int64_t n = 0;
    for (const auto& layer : layers) n += layer.layout.row_bytes();
    return n;
  }

  /// The step that adds counts[b] tokens to the sequence in slots[b], in rows of L tokens (the largest count, if not
  /// given). Throws IndexError for a slot that does not exist, ValueError for one named twice, a count outside of 0 ..
  /// L, and tokens beyond the capacity. The cache changes only as layers store and `advance` is called.
  CacheStep<D> step(const std::vector<std::int64_t>& slots, const std::vector<std::int64_t>& counts,
                    std::int64_t L = -1) const {
    HADAL_CHECK(!slots.empty() && slots.size() == counts.size(), ShapeError, "latent cache: ", slots.size(),
                " slots and ", counts.size(), " counts must be one each for every sequence");
    if (L < 0) L = *std::max_element(counts.begin(), counts.end());
    const auto B = static_cast<std::int64_t>(slots.size());
    std::vector<std::int32_t> slot, length, positions, end;
    std::vector<bool> taken(lengths.size());
    CacheStep<D> s;
    for (std::size_t b = 0; b < slots.size(); ++b) {
      const std::int64_t before = this->length(slots[b]), n = counts[b];
      HADAL_CHECK(!taken[index(slots[b])], ValueError, "latent cache: slot ", slots[b], " is named twice");
      taken[index(slots[b])] = true;
      HADAL_CHECK(n >= 0 && n <= L, ValueError, "latent cache: a count must be in 0 .. ", L, ", got ", n);
      HADAL_CHECK(before + n <= capacity(), ValueError, "latent cache: ", before, " tokens and ", n,
                  " more exceed its capacity of ", capacity());
      slot.push_back(static_cast<std::int32_t>(slots[b]));
      length.push_back(static_cast<std::int32_t>(before + n));
      s.keys = std::max(s.keys, before + n);
      for (std::int64_t i = 0; i < L; ++i) {
        positions.push_back(i < n ? static_cast<std::int32_t>(before + i) : 0);
        end.push_back(i < n ? static_cast<std::int32_t>(before + i + 1) : 0);
      }
    }
    s.slots = slots;
    s.counts = counts;
    s.slot = Tensor<std::int32_t, D>::from(slot);
    s.length = Tensor<std::int32_t, D>::from(length);
    s.positions = Tensor<std::int32_t, D>::from(positions, {B, L});
    s.end = Tensor<std::int32_t, D>::from(end, {B, L});
    return s;
  }
  /// The step that adds L tokens to every slot.
  CacheStep<D> step(std::int64_t L) const {
    std::vector<std::int64_t> all(lengths.size());
    std::iota(all.begin(), all.end(), 0);
    return step(all, std::vector<std::int64_t>(lengths.size(), L), L);
  }
  /// Counts a step's tokens in, once all layers have stored them.
  void advance(const CacheStep<D>& step) {
    for (std::size_t b = 0; b < step.slots.size(); ++b) lengths[index(step.slots[b])] += step.counts[b];
  }

  /// Forgets all tokens of a sequence after its first n; n = 0 frees the slot.
  void truncate(std::int64_t slot, std::int64_t n) {
    HADAL_CHECK(n >= 0 && n <= length(slot), ValueError, "latent cache: cannot keep ", n, " of ", length(slot),
                " tokens");
    lengths[index(slot)] = n;
  }

 private:
  std::size_t index(std::int64_t slot) const {
    HADAL_CHECK(slot >= 0 && slot < slots(), IndexError, "latent cache: slot must be in 0 .. ", slots() - 1, ", got ",
                slot);
    return static_cast<std::size_t>(slot);
  }
};

}  // namespace hadal
