// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/route.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// How a group of experts is scored: by its largest score (DeepSeek-V2) or by the sum of its two largest (V3).
enum class GroupScore : std::int32_t { maximum = 1, top_two_sum = 2 };

/// The K experts of each token: those of the largest scores + bias, best first, lower index first among equals.
///   scores: (N, E)  bias: (E) or undefined  ->  (N, K)
/// With topk_group < n_group, experts lie in n_group groups of neighbours, and only those of the topk_group best groups
/// may be chosen. The bias serves the choice alone; no gradients flow. Throws ShapeError for other shapes, ValueError
/// unless 1 <= K <= E, n_group divides E, 1 <= topk_group <= n_group, the groups kept hold K experts, and a group holds
/// as many experts as its score sums.
/// Source: DeepSeek-V2 (arXiv 2405.04434) 2.2.2, DeepSeek-V3 (arXiv 2412.19437) 2.1.2.
template <class T, class D>
Tensor<std::int32_t, D> choose_experts(const Tensor<T, D>& scores_in, const Tensor<float, D>& bias_in, std::int64_t K,
                                       std::int64_t n_group = 1, std::int64_t topk_group = 1,
                                       GroupScore group_score = GroupScore::maximum) {
  HADAL_CHECK(scores_in.rank() == 2, ShapeError, "choose_experts: scores must be (N, E), got ", scores_in.shape());
  const std::int64_t N = scores_in.shape(0), E = scores_in.shape(1), terms = static_cast<std::int64_t>(group_score);
  HADAL_CHECK(!bias_in.defined() || bias_in.shape() == Shape{E}, ShapeError, "choose_experts: bias must be (", E,
              ") to match scores ", scores_in.shape(), ", got ", bias_in.shape());
  HADAL_CHECK(K >= 1 && K <= E, ValueError, "choose_experts: K must be in 1..", E, " for scores ", scores_in.shape(),
              ", got ", K);
  HADAL_CHECK(n_group >= 1 && E % n_group == 0, ValueError, "choose_experts: n_group must divide the ", E,
              " experts, got ", n_group);
  HADAL_CHECK(topk_group >= 1 && topk_group <= n_group, ValueError, "choose_experts: topk_group must be in 1..",
              n_group, ", got ", topk_group);
  const std::int64_t size = E / n_group;
  HADAL_CHECK(topk_group * size >= K, ValueError, "choose_experts: ", topk_group, " groups of ", size,
              " experts cannot give K = ", K);
  HADAL_CHECK(topk_group == n_group || size >= terms, ValueError, "choose_experts: the score of a group sums ", terms,
              " experts, but a group has ", size);
  const Tensor<T, D> scores = scores_in.detach().dense_rows();
  const Tensor<float, D> bias = bias_in.defined() ? bias_in.detach().contiguous() : bias_in;
  auto chosen = Tensor<std::int32_t, D>::empty({N, K});
  trace::Scope scope("choose_experts", 0, static_cast<double>(scores.bytes()));
  choose_experts_forward(D{}, chosen.out(), scores.view(), bias.defined() ? bias.view() : View<const float>{}, n_group,
                         topk_group, terms);
  return chosen;
}

/// What the chosen experts count: with s the chosen scores, scale * s / (sum of s + 1e-20) if `normalise`, else scale *
/// s.
///   scores: (N, E) float or double  chosen: (N, K), as choose_experts gives them  ->  (N, K)
/// Gradients flow to the chosen scores. Throws ShapeError for other shapes. Source: as above; the small number is that
/// of the published implementations.
template <class T, class D>
Tensor<T, D> expert_weights(const Tensor<T, D>& scores_in, const Tensor<std::int32_t, D>& chosen_in, double scale,
                            bool normalise) {
  HADAL_CHECK(scores_in.rank() == 2 && chosen_in.rank() == 2 && scores_in.shape(0) == chosen_in.shape(0) &&
                  chosen_in.shape(1) >= 1,
              ShapeError, "expert_weights: scores (N, E) and chosen (N, K) must be of the same tokens, got ",
              scores_in.shape(), " and ", chosen_in.shape());
  const Tensor<T, D> scores = scores_in.dense_rows();
  const Tensor<std::int32_t, D> chosen = chosen_in.dense_rows();
  auto weights = Tensor<T, D>::empty(chosen.shape());
  {
    trace::Scope scope("expert_weights", 3.0 * static_cast<double>(chosen.size()),
                       2.0 * static_cast<double>(weights.bytes()));
    expert_weights_forward(D{}, weights.out(), scores.view(), chosen.view(), scale, normalise);
  }
  record("expert_weights", weights, inputs(scores), saved(keep("scores", scores), keep("chosen", chosen)),
         [scale, normalise](const auto& dweights, auto& dscores, const auto& s, const auto& at) {
           trace::Scope scope("expert_weights backward", 5.0 * static_cast<double>(at.size()),
                              static_cast<double>(s.bytes()));
           expert_weights_backward(D{}, dscores.view(), dweights.view(), s.view(), at.view(), scale, normalise);
         });
  return weights;
}

}  // namespace hadal
