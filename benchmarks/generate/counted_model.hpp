// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/models/deepseek/model.hpp>
#include <hadal/tree/parameters.hpp>

#include <cstdint>

namespace bench {

/// A DeepSeek model that counts the bytes its decoding passes read: weights once a pass, of experts those that some
/// token chose, of the embedding nothing but rows, and the cache. Passes over prompts (more than 2 tokens) do not
/// count.
struct CountedModel {
  const hadal::DeepSeek<>& model;
  mutable double main_bytes = 0, draft_bytes = 0;

  using T = float;
  using D = hadal::Cpu;
  using Ids = hadal::Tensor<std::int32_t>;
  using Cache = hadal::LatentCache<T, D>;
  using Step = hadal::CacheStep<D>;

  Cache make_cache(std::int64_t slots, std::int64_t capacity, hadal::CacheFormat f) const {
    return model.make_cache(slots, capacity, f);
  }
  Cache make_draft_cache(std::int64_t slots, std::int64_t capacity, hadal::CacheFormat f) const {
    return model.make_draft_cache(slots, capacity, f);
  }
  hadal::LatentForm cheaper_form(std::int64_t L, std::int64_t S) const { return model.cheaper_form(L, S); }
  hadal::Tensor<T> wide_logits(const hadal::Tensor<T>& x) const { return model.wide_logits(x); }

  hadal::DeepSeekHidden<T, D> hidden(const Ids& ids, Cache& cache, const Step& step) const {
    auto out = model.hidden(ids, cache, step);
    if (ids.shape(1) > 2) return out;
    std::size_t mixture = 0;
    for (std::size_t i = 0; i < model.layers.size(); ++i)
      main_bytes += block_bytes(model.layers[i], model.layers[i].moe ? out.load[mixture++] : Ids{});
    main_bytes += static_cast<double>(model.head().bytes()) + cache_bytes(cache, step);
    return out;
  }
  hadal::BlockOutput<T, D> draft(const hadal::Tensor<T>& x, const Ids& next, Cache& cache, const Step& step) const {
    auto out = model.draft(x, next, cache, step);
    if (next.shape(1) > 2) return out;
    draft_bytes += block_bytes(model.mtp->block, out.load) + static_cast<double>(model.mtp->eh_proj.weight.bytes()) +
                   static_cast<double>(model.head().bytes()) + cache_bytes(cache, step);
    return out;
  }

 private:
  static double block_bytes(const hadal::Block<T, D>& block, const Ids& load) {
    double bytes = 0, touched = 0;
    if (load.defined())
      for (const std::int32_t n : load.to_vector()) touched += n > 0;
    for (const hadal::NamedTensor& p : hadal::parameters(block)) {
      const auto all = static_cast<double>(p.tensor.bytes());
      bytes += p.place.stacked ? all * touched / static_cast<double>(p.tensor.shape(0)) : all;
    }
    return bytes;
  }
  static double cache_bytes(const Cache& cache, const Step& step) {
    return static_cast<double>(step.keys * cache.bytes_per_token());
  }
};

}  // namespace bench
