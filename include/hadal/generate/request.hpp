// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/latent_rows.hpp>
#include <hadal/generate/sampling.hpp>

#include <functional>
#include <optional>
#include <string>

namespace hadal {

/// One text to continue.
struct GenerateRequest {
  std::vector<std::int32_t> prompt;
  std::int64_t max_tokens = 128;
  SamplingOptions sampling = {};
  std::vector<std::int32_t> stop_tokens = {};  // end the text; the one that came is among its tokens, not in its text
  std::vector<std::string> stop_strings = {};  // end the text before them; need a tokenizer
  std::int64_t top_log_probabilities = 0;      // of that many most likely tokens beside each chosen one
};

enum class StopReason { length, stop_token, stop_string, callback };

/// A token and the logarithm of its probability under the model itself: no penalty, temperature or cut enters.
struct ScoredToken {
  std::int32_t id;
  double log_probability;
};

/// A token as it comes.
struct GeneratedToken : ScoredToken {
  std::vector<ScoredToken> top;  // most likely first, as many as asked for
  std::string text;              // what may be shown now; may lag behind
};

/// A finished text.
struct GeneratedText {
  std::vector<ScoredToken> tokens;
  std::vector<std::vector<ScoredToken>> top;  // of every token, if asked for
  std::string text;                           // with a tokenizer
  StopReason reason = StopReason::length;

  std::vector<std::int32_t> ids() const {
    std::vector<std::int32_t> list;
    for (const ScoredToken& t : tokens) list.push_back(t.id);
    return list;
  }
};

/// Sees each token of each request; false ends that request's text.
using OnToken = std::function<bool(std::size_t request, const GeneratedToken& token)>;

/// What decoding took, without the prompts.
struct DecodeStatistics {
  std::int64_t forwards = 0;   // passes through the model
  std::int64_t rows = 0;       // sequences in them, added up
  std::int64_t tokens = 0;     // that came out
  std::int64_t drafted = 0, accepted = 0;

  double acceptance() const { return drafted ? static_cast<double>(accepted) / static_cast<double>(drafted) : 0; }
  /// 1 without drafts.
  double tokens_per_forward() const { return rows ? static_cast<double>(tokens) / static_cast<double>(rows) : 0; }
};

}  // namespace hadal
