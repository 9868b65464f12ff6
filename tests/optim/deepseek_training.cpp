// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/optim/deepseek_training.hpp>

#include <doctest/doctest.h>

namespace deepseek_training_test {
using namespace hadal;
using doctest::Approx;
constexpr std::int64_t late = 1'000'000;  // a step long after the warm-up

TEST_CASE("training of DeepSeek-V3") {
  const DeepSeekTraining t = deepseek_v3_training();
  CHECK(t.learning_rate_at(0, 0) == Approx(2.2e-4 / 2000));
  CHECK(t.learning_rate_at(999, 1e9) == Approx(1.1e-4));
  CHECK(t.learning_rate_at(1999, 2e9) == Approx(2.2e-4));
  CHECK(t.learning_rate_at(late, 9.99e12) == Approx(2.2e-4));
  CHECK(t.learning_rate_at(late, 12.15e12) == Approx((2.2e-4 + 2.2e-5) / 2));  // half of the cosine
  CHECK(t.learning_rate_at(late, 14.3e12) == Approx(2.2e-5));
  CHECK(t.learning_rate_at(late, 14.632e12) == Approx(2.2e-5));
  CHECK(t.learning_rate_at(late, 14.634e12) == Approx(7.3e-6));
  CHECK(t.learning_rate_at(late, 14.8e12) == Approx(7.3e-6));
  CHECK(t.batch_at(0) == 3072);
  CHECK(t.batch_at(469e9 / 2) == (3072 + 15360) / 2);
  CHECK(t.batch_at(469e9) == 15360);
  CHECK(t.batch_at(14e12) == 15360);
  CHECK(t.bias_speed_at(14.29e12) == 0.001);
  CHECK(t.bias_speed_at(14.3e12) == 0);
  CHECK(t.prediction_weight_at(9.9e12) == 0.3);
  CHECK(t.prediction_weight_at(10e12) == 0.1);
  CHECK(t.sequence_balance == 1e-4);
  CHECK(t.initializer_range == 0.006);
  CHECK(t.adamw.beta2 == 0.95);
  CHECK(t.weight_decay == 0.1);
}

TEST_CASE("training of DeepSeek-V2 and V2-Lite") {
  const DeepSeekTraining t = deepseek_v2_training();
  CHECK(t.learning_rate_at(1999, 1e9) == Approx(2.4e-4));
  CHECK(t.learning_rate_at(late, 0.599 * 8.1e12) == Approx(2.4e-4));
  CHECK(t.learning_rate_at(late, 0.601 * 8.1e12) == Approx(2.4e-4 * 0.316));
  CHECK(t.learning_rate_at(late, 0.901 * 8.1e12) == Approx(2.4e-4 * 0.316 * 0.316));
  CHECK(t.batch_at(0) == 2304);
  CHECK(t.batch_at(225e9) == 9216);
  CHECK(t.devices == 8);
  CHECK(t.token_devices == 3);
  CHECK(t.bias_speed_at(0) == 0);
  CHECK(t.prediction_weight_at(0) == 0);
  const DeepSeekTraining lite = deepseek_v2_lite_training();
  CHECK(lite.learning_rate_at(late, 0.79 * 5.7e12) == Approx(4.2e-4));
  CHECK(lite.learning_rate_at(late, 0.81 * 5.7e12) == Approx(4.2e-4 * 0.316));
  CHECK(lite.batch_at(0) == 4608);
  CHECK(lite.expert_balance == 0.001);
}

TEST_CASE("the same course over fewer tokens") {
  const DeepSeekTraining full = deepseek_v3_training(), small = full.over(14.8e6);
  for (const double share : {0.01, 0.5, 0.7, 0.9, 0.97, 0.985, 0.995}) {
    CHECK(small.learning_rate_at(late, share * 14.8e6) == Approx(full.learning_rate_at(late, share * 14.8e12)));
    CHECK(small.batch_at(share * 14.8e6) == full.batch_at(share * 14.8e12));
    CHECK(small.bias_speed_at(share * 14.8e6) == full.bias_speed_at(share * 14.8e12));
    CHECK(small.prediction_weight_at(share * 14.8e6) == full.prediction_weight_at(share * 14.8e12));
  }
  CHECK(deepseek_v2_training().over(1e6).learning_rate_at(late, 0.61e6) == Approx(2.4e-4 * 0.316));
  CHECK_THROWS_WITH_AS(full.over(0), "DeepSeekTraining: tokens must be positive, got 0 for 1.48e+13", ValueError);
}

}  // namespace deepseek_training_test
