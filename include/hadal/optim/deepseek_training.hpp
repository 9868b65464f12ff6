// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/optim/adamw.hpp>
#include <hadal/optim/schedules.hpp>

#include <cmath>
#include <variant>

namespace hadal {

/// How a published model was trained: numbers, and what changes in the course of training as functions of the steps
/// made and the tokens seen.
struct DeepSeekTraining {
  double tokens = 0;                  // of the whole training
  std::int64_t sequence_length = 4096;
  double initializer_range = 0.006;   // of the training; published config.json files say 0.02
  AdamW adamw = {.beta1 = 0.9, .beta2 = 0.95};
  double weight_decay = 0.1, max_norm = 1;

  std::int64_t warmup = 2000;                             // steps
  std::variant<WarmupSteps, ConstantCosineConstant> rate; // counts tokens, not steps; warms up above
  std::int64_t first_batch = 0, batch = 0;                // sequences
  double ramp = 0;                                        // tokens from the one to the other

  double expert_balance = 0, device_balance = 0, communication_balance = 0;  // V2's alpha 1 to 3
  std::int64_t devices = 1, token_devices = 1;                               // D and M
  double sequence_balance = 0;                                               // V3's alpha
  double bias_speed = 0, bias_tokens = 0;            // gamma, and the tokens after which the biases stand still
  double prediction_weight = 0, late_prediction_weight = 0;                  // lambda of multi-token prediction
  double prediction_tokens = 0;                                              // after which the late one holds

  double learning_rate_at(std::int64_t step, double seen) const {
    const double part = step < warmup ? detail::warm(1, warmup, step) : 1;
    return part * std::visit([&](const auto& f) { return f(static_cast<std::int64_t>(seen)); }, rate);
  }
  /// Sequences of the next step; the ramp is linear in tokens.
  std::int64_t batch_at(double seen) const {
    const double share = ramp > 0 && seen < ramp ? seen / ramp : 1;
    return std::llround(static_cast<double>(first_batch) + share * static_cast<double>(batch - first_batch));
  }
  double bias_speed_at(double seen) const { return seen < bias_tokens ? bias_speed : 0; }
  double prediction_weight_at(double seen) const {
    return seen < prediction_tokens ? prediction_weight : late_prediction_weight;
  }

  /// The same course over another number of tokens: all that is counted in tokens shrinks or grows alike. Warm-up and
  /// batches stay as they are.
  DeepSeekTraining over(double other) const {
    HADAL_CHECK(other > 0 && tokens > 0, ValueError, "DeepSeekTraining: tokens must be positive, got ", other,
                " for ", tokens);
    DeepSeekTraining t = *this;
    const double f = other / tokens;
    const auto scale = [&](std::int64_t& n) { n = std::llround(f * static_cast<double>(n)); };
    t.tokens = other;
    t.ramp *= f;
    t.bias_tokens *= f;
    t.prediction_tokens *= f;
    if (auto* steps = std::get_if<WarmupSteps>(&t.rate)) scale(steps->total);
    if (auto* fall = std::get_if<ConstantCosineConstant>(&t.rate))
      for (std::int64_t* n : {&fall->constant, &fall->cosine, &fall->tail}) scale(*n);
    return t;
  }
};

/// Source: DeepSeek-V2 (arXiv 2405.04434), sections 2.2.3 and 3.1.2.
inline DeepSeekTraining deepseek_v2_training() {
  DeepSeekTraining t;
  t.tokens = 8.1e12;
  t.rate = WarmupSteps{.peak = 2.4e-4, .total = 8'100'000'000'000, .first = 0.6, .second = 0.9, .factor = 0.316};
  t.first_batch = 2304;
  t.batch = 9216;
  t.ramp = 225e9;
  t.expert_balance = 0.003;
  t.device_balance = 0.05;
  t.communication_balance = 0.02;
  t.devices = 8;
  t.token_devices = 3;
  return t;
}

/// Source: the same, appendix B.
inline DeepSeekTraining deepseek_v2_lite_training() {
  DeepSeekTraining t;
  t.tokens = 5.7e12;
  t.rate = WarmupSteps{.peak = 4.2e-4, .total = 5'700'000'000'000, .first = 0.8, .second = 0.9, .factor = 0.316};
  t.first_batch = t.batch = 4608;
  t.expert_balance = 0.001;
  return t;
}

/// Source: DeepSeek-V3 (arXiv 2412.19437), sections 2.1.2, 2.2 and 4.2.
inline DeepSeekTraining deepseek_v3_training() {
  DeepSeekTraining t;
  t.tokens = 14.8e12;
  t.rate = ConstantCosineConstant{.peak = 2.2e-4, .low = 2.2e-5, .last = 7.3e-6, .constant = 10'000'000'000'000,
                                  .cosine = 4'300'000'000'000, .tail = 333'000'000'000};
  t.first_batch = 3072;
  t.batch = 15360;
  t.ramp = 469e9;
  t.sequence_balance = 1e-4;
  t.bias_speed = 0.001;
  t.bias_tokens = 14.3e12;
  t.prediction_weight = 0.3;
  t.late_prediction_weight = 0.1;
  t.prediction_tokens = 10e12;
  return t;
}

}  // namespace hadal
