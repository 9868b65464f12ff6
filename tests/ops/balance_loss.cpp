// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/ops/balance_loss.hpp>

#include <hadal/tensor/grad_check.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace balance_loss_test {
using namespace hadal;
using Indices = Tensor<std::int32_t>;

constexpr std::int64_t B = 2, L = 5, E = 6, K = 2, N = B * L;

/// f and P of one sequence, as the papers define them, and losses made of them.
struct Sequence {
  std::vector<double> f = std::vector<double>(E), P = f;

  Sequence(const Tensor<double>& scores, const Indices& indices, std::int64_t b, bool normalise) {
    for (std::int64_t t = b * L; t < (b + 1) * L; ++t) {
      double sum = normalise ? 0 : 1;
      for (std::int64_t e = 0; normalise && e < E; ++e) sum += scores.at({t, e});
      for (std::int64_t e = 0; e < E; ++e) P[static_cast<std::size_t>(e)] += scores.at({t, e}) / sum / L;
      for (std::int64_t k = 0; k < K; ++k) f[static_cast<std::size_t>(indices.at({t, k}))] += 1.0 * E / (K * L);
    }
  }
  double expert() const {
    double y = 0;
    for (std::size_t e = 0; e < E; ++e) y += f[e] * P[e];
    return y;
  }
  double device(std::size_t devices) const {
    double y = 0;
    const std::size_t size = E / devices;
    for (std::size_t j = 0; j < devices; ++j) {
      double load = 0, share = 0;
      for (std::size_t e = j * size; e < (j + 1) * size; ++e) load += f[e] / static_cast<double>(size), share += P[e];
      y += load * share;
    }
    return y;
  }
};

struct Fixture {
  Tensor<double> scores = Tensor<double>::uniform({N, E}, Key{1}, 0.05, 0.95).set_requires_grad();
  Indices indices = choose_experts(scores, Tensor<float>::from({0, 0.3f, 0, -0.2f, 0, 0}), K, 3, 2);
};

TEST_CASE_FIXTURE(Fixture, "expert and device losses as their papers write them") {
  double expert = 0, device = 0;
  for (std::int64_t b = 0; b < B; ++b) {
    const Sequence s(scores, indices, b, false);
    expert += 0.25 * s.expert() / B;
    device += 0.5 * s.device(3) / B;
  }
  CHECK(std::abs(auxiliary_balance_loss(scores, indices, B, 0.25).item() - expert) < 1e-14);
  CHECK(std::abs(device_balance_loss(scores, indices, B, 3, 0.5).item() - device) < 1e-14);
  // One expert to a device is the expert-level loss; so is one choice to a token for the communication loss.
  CHECK(std::abs(device_balance_loss(scores, indices, B, E, 0.25).item() - expert) < 1e-14);
  CHECK(std::abs(communication_balance_loss(scores, indices, B, E, K, 0.25).item() - expert) < 1e-14);
}

TEST_CASE_FIXTURE(Fixture, "the communication loss counts a token once for each device") {
  double y = 0;
  for (std::int64_t b = 0; b < B; ++b) {
    const Sequence s(scores, indices, b, false);
    for (std::int64_t j = 0; j < 2; ++j) {
      int sent = 0;
      for (std::int64_t t = b * L; t < (b + 1) * L; ++t)
        sent += indices.at({t, 0}) / 3 == j || indices.at({t, 1}) / 3 == j;
      const auto first = static_cast<std::size_t>(3 * j);
      y += 2.0 / (1 * L) * sent * (s.P[first] + s.P[first + 1] + s.P[first + 2]) / B;
    }
  }
  CHECK(std::abs(communication_balance_loss(scores, indices, B, 2, 1, 1).item() - y) < 1e-14);
}

TEST_CASE_FIXTURE(Fixture, "the sequence-wise loss counts the unbiased, ungrouped choice of normalised scores") {
  const auto unbiased = choose_experts(scores, Tensor<float>{}, K);
  CHECK(unbiased.to_vector() != indices.to_vector());
  double y = 0;
  for (std::int64_t b = 0; b < B; ++b) y += 0.125 * Sequence(scores, unbiased, b, true).expert() / B;
  CHECK(std::abs(sequence_balance_loss(scores, K, B, 0.125).item() - y) < 1e-14);
}

TEST_CASE("a balanced batch has the smallest loss, alpha") {
  const auto even = Tensor<float>::full({4, 4}, 0.25);
  const auto spread = Indices::from({0, 1, 2, 3}, {4, 1}), crowded = Indices::zeros({4, 1});
  CHECK(auxiliary_balance_loss(even, spread, 1, 0.5).item() == 0.5f);
  const auto peaked = Tensor<float>::from({0.7f, 0.1f, 0.1f, 0.1f}, {1, 4}).expand({4, 4});
  CHECK(auxiliary_balance_loss(peaked, crowded, 1, 0.5).item() == doctest::Approx(0.5 * 4 * 0.7).epsilon(1e-6));
}

TEST_CASE_FIXTURE(Fixture, "gradients reach the scores through P alone") {
  const auto smooth = Difference::richardson;
  auto turned = Tensor<double>::uniform({E, N}, Key{2}, 0.05, 0.95).set_requires_grad();
  CHECK(grad_error([&] { return auxiliary_balance_loss(scores, indices, B, 0.25); }, std::vector{scores}, smooth) <
        1e-9);
  CHECK(grad_error([&] { return device_balance_loss(scores, indices, 1, 3, 0.25); }, std::vector{scores}, smooth) <
        1e-9);
  CHECK(grad_error([&] { return communication_balance_loss(scores, indices, B, 2, 1, 0.25); }, std::vector{scores},
                   smooth) < 1e-9);
  CHECK(grad_error([&] { return balance_loss(scores, expert_load(indices, E, B), 0.1, true); }, std::vector{scores},
                   smooth) < 1e-9);
  CHECK(grad_error([&] { return auxiliary_balance_loss(turned.transpose(), indices, B, 1); }, std::vector{turned},
                   smooth) < 1e-9);
  auto one = Tensor<double>::full({1, 1}, 0.5).set_requires_grad();
  CHECK(grad_error(
            [&] {
              return auxiliary_balance_loss(one, Indices::zeros({1, 1}), 1, 1);
            },
            std::vector{one}, smooth) < 1e-9);
  // No expert's score is close to another's here, so the choice does not move with the step.
  CHECK(grad_error([&] { return sequence_balance_loss(scores, K, B, 0.25); }, std::vector{scores}) < 1e-6);
}

TEST_CASE_FIXTURE(Fixture, "what does not fit is an error") {
  CHECK_THROWS_WITH_AS(auxiliary_balance_loss(scores, indices, 3, 1),
                       "auxiliary_balance_loss: scores (10, 6) are not 3 sequences of equal length", ShapeError);
  CHECK_THROWS_AS(auxiliary_balance_loss(scores, indices.slice(0, 0, 4), 1, 1), ShapeError);
  CHECK_THROWS_WITH_AS(device_balance_loss(scores, indices, B, 4, 1),
                       "device_balance_loss: 4 devices cannot share 6 experts evenly", ValueError);
  CHECK_THROWS_WITH_AS(communication_balance_loss(scores, indices, B, 3, 4, 1),
                       "communication_balance_loss: token_devices must be in 1..3, got 4", ValueError);
  CHECK_THROWS_AS(sequence_balance_loss(scores, 7, B, 1), ValueError);
  CHECK_THROWS_WITH_AS(balance_loss(scores, Indices::ones({2, 4}), 1, false),
                       "balance_loss: load must be (B, E / group) "
                       "to match scores (B * L, E), got (2, 4) for (10, 6)",
                       ShapeError);
}

}  // namespace balance_loss_test
