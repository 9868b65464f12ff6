// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/generate/generator.hpp>

namespace hadal {

/// Continues one text by `count` tokens. `on_token` sees each token as it comes and may stop by returning false.
/// Returns the new tokens. Generator does the same for many texts, with stops, log-probabilities and speculation.
template <class D = Cpu, class Model>
std::vector<std::int32_t> generate(const Model& model, const std::vector<std::int32_t>& prompt, std::int64_t count,
                                   const SamplingOptions& options = {},
                                   const std::function<bool(std::int32_t)>& on_token = nullptr) {
  GenerateRequest request{prompt, count, options};
  OnToken see = nullptr;
  if (on_token) see = [&](std::size_t, const GeneratedToken& token) { return on_token(token.id); };
  return Generator<Model, D>(model).run({request}, see)[0].ids();
}

}  // namespace hadal
