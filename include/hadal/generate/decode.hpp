// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/generate/sampling.hpp>
#include <hadal/nn/latent_cache.hpp>

#include <functional>
#include <vector>

namespace hadal {

/// Continues a text by `count` tokens over a latent cache: the prompt goes through the model once, then every token
/// alone. `model` has make_cache, hidden(ids, cache).x and logits. `on_token` sees each token as it comes and may stop
/// by returning false. Returns the new tokens.
template <class D = Cpu, class Model>
std::vector<std::int32_t> generate(const Model& model, const std::vector<std::int32_t>& prompt, std::int64_t count,
                                   const SamplingOptions& options = {},
                                   const std::function<bool(std::int32_t)>& on_token = nullptr) {
  options.check();
  HADAL_CHECK(!prompt.empty(), ValueError, "generate: the prompt must have at least one token");
  HADAL_CHECK(count >= 0, ValueError, "generate: the number of tokens must not be negative, got ", count);
  return no_grad([&] {
    auto cache = model.make_cache(1, static_cast<std::int64_t>(prompt.size()) + count);
    std::vector<std::int32_t> written, next = prompt;
    while (static_cast<std::int64_t>(written.size()) < count) {
      const auto ids = Tensor<std::int32_t, D>::from(next, {1, static_cast<std::int64_t>(next.size())});
      const auto x = model.hidden(ids, cache).x;
      const auto last = model.logits(x.slice(1, x.shape(1) - 1, x.shape(1))).to_vector();
      next = {sample_token(std::vector<float>(last.begin(), last.end()), options, written.size())};
      written.push_back(next[0]);
      if (on_token && !on_token(next[0])) break;
    }
    return written;
  });
}

}  // namespace hadal
