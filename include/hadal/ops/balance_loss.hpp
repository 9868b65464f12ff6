// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/balance_loss.hpp>
#include <hadal/ops/expert_load.hpp>
#include <hadal/ops/route.hpp>

namespace hadal {

/// What all losses below are: factor * sum over b, t, e of load[b, e / group] * p[b, t, e], with p the scores, or each
/// token's scores divided by their sum if `normalise`. Gradients reach the scores alone, for counts have none.
///   scores: (B * L, E) float or double  load: (B, E / group)  ->  ()
/// Throws ShapeError for other shapes.
template <class T, class D>
Tensor<T, D> balance_loss(const Tensor<T, D>& scores_in, const Tensor<std::int32_t, D>& load_in, double factor,
                          bool normalise) {
  HADAL_CHECK(scores_in.rank() == 2 && load_in.rank() == 2 && load_in.size() > 0 &&
                  scores_in.shape(0) % load_in.shape(0) == 0 && scores_in.shape(1) % load_in.shape(1) == 0,
              ShapeError, "balance_loss: load must be (B, E / group) to match scores (B * L, E), got ", load_in.shape(),
              " for ", scores_in.shape());
  const Tensor<T, D> scores = scores_in.dense_rows();
  const Tensor<std::int32_t, D> load = load_in.dense_rows();
  auto loss = Tensor<T, D>::empty({});
  {
    trace::Scope scope("balance_loss", 2.0 * static_cast<double>(scores.size()), static_cast<double>(scores.bytes()));
    balance_loss_forward(D{}, loss.out(), scores.view(), load.view(), factor, normalise);
  }
  record("balance_loss", loss, inputs(scores), saved(keep("scores", scores), keep("load", load)),
         [factor, normalise](const auto& dloss, auto& dscores, const auto& s, const auto& count) {
           trace::Scope scope("balance_loss backward", 2.0 * static_cast<double>(s.size()),
                              2.0 * static_cast<double>(s.bytes()));
           balance_loss_backward(D{}, dscores.view(), dloss.view(), s.view(), count.view(), factor, normalise);
         });
  return loss;
}

namespace detail {

/// Checks what the losses share and returns the length of a sequence.
template <class T, class D>
std::int64_t sequence_length(const char* op, const Tensor<T, D>& scores, const Tensor<std::int32_t, D>& indices,
                             std::int64_t B) {
  HADAL_CHECK(scores.rank() == 2 && indices.rank() == 2 && scores.shape(0) == indices.shape(0), ShapeError, op,
              ": scores (N, E) and indices (N, K) must be of the same tokens, got ", scores.shape(), " and ",
              indices.shape());
  HADAL_CHECK(B >= 1 && scores.size() > 0 && scores.shape(0) % B == 0, ShapeError, op, ": scores ", scores.shape(),
              " are not ", B, " sequences of equal length");
  return scores.shape(0) / B;
}

inline void check_devices(const char* op, std::int64_t devices, std::int64_t E) {
  HADAL_CHECK(devices >= 1 && E % devices == 0, ValueError, op, ": ", devices, " devices cannot share ", E,
              " experts evenly");
}

/// alpha * parts / (choices L) turns counts into f; the means over the L tokens and the B sequences divide further.
inline double balance_factor(double alpha, std::int64_t parts, std::int64_t choices, std::int64_t L, std::int64_t B) {
  const auto tokens = static_cast<double>(L);
  return alpha * static_cast<double>(parts) / (static_cast<double>(choices) * tokens * tokens * static_cast<double>(B));
}

}  // namespace detail

/// DeepSeek-V2's expert-level loss: alpha * sum over e of f[e] P[e], per sequence and averaged over the B sequences
/// (B = 1 takes the batch as one), with f[e] = E / (K L) * tokens choosing e and P[e] = mean over tokens of scores[e].
///   scores: (B * L, E)  indices: (B * L, K)  ->  ()
/// Throws ShapeError for other shapes. Source: DeepSeek-V2 (arXiv 2405.04434), eq. 23-25.
template <class T, class D>
Tensor<T, D> auxiliary_balance_loss(const Tensor<T, D>& scores, const Tensor<std::int32_t, D>& indices, std::int64_t B,
                                    double alpha) {
  const std::int64_t L = detail::sequence_length("auxiliary_balance_loss", scores, indices, B), E = scores.shape(1);
  return balance_loss(scores, expert_load(indices, E, B), detail::balance_factor(alpha, E, indices.shape(1), L, B),
                      false);
}

/// DeepSeek-V2's device-level loss: alpha * sum over devices j of f'[j] P'[j], where f' is the mean of f, and P' the
/// sum of P, over the E / devices neighbouring experts of the device. Shapes and errors as above, and ValueError unless
/// `devices` divides E. Source: eq. 26-28.
template <class T, class D>
Tensor<T, D> device_balance_loss(const Tensor<T, D>& scores, const Tensor<std::int32_t, D>& indices, std::int64_t B,
                                 std::int64_t devices, double alpha) {
  const std::int64_t L = detail::sequence_length("device_balance_loss", scores, indices, B), E = scores.shape(1);
  detail::check_devices("device_balance_loss", devices, E);
  // The choices that fall to a device: each of a token's K experts seen as a token with one choice.
  const auto flat = indices.reshape({indices.size(), 1});
  return balance_loss(scores, expert_load(flat, E, B, E / devices),
                      detail::balance_factor(alpha, devices, indices.shape(1), L, B), false);
}

/// DeepSeek-V2's communication loss: alpha * sum over devices j of f''[j] P'[j], with f''[j] = devices /
/// (token_devices L) * tokens sent to device j, where token_devices is the most devices a token may be sent to. Shapes
/// and errors as above. Source: eq. 29-31.
template <class T, class D>
Tensor<T, D> communication_balance_loss(const Tensor<T, D>& scores, const Tensor<std::int32_t, D>& indices,
                                        std::int64_t B, std::int64_t devices, std::int64_t token_devices,
                                        double alpha) {
  const std::int64_t L = detail::sequence_length("communication_balance_loss", scores, indices, B), E = scores.shape(1);
  detail::check_devices("communication_balance_loss", devices, E);
  HADAL_CHECK(token_devices >= 1 && token_devices <= devices, ValueError,
              "communication_balance_loss: token_devices must be in 1..", devices, ", got ", token_devices);
  return balance_loss(scores, expert_load(indices, E, B, E / devices),
                      detail::balance_factor(alpha, devices, token_devices, L, B), false);
}

/// DeepSeek-V3's sequence-wise loss: alpha * sum over e of f[e] P[e], averaged over the B sequences, where each token's
/// scores are first divided by their sum, and f counts the K largest scores, without bias or groups.
///   scores: (B * L, E)  ->  ()
/// Throws ShapeError for other shapes, ValueError unless 1 <= K <= E.
/// Source: DeepSeek-V3 (arXiv 2412.19437), eq. 17-20.
template <class T, class D>
Tensor<T, D> sequence_balance_loss(const Tensor<T, D>& scores, std::int64_t K, std::int64_t B, double alpha) {
  const auto indices = choose_experts(scores, Tensor<float, D>{}, K);
  const std::int64_t L = detail::sequence_length("sequence_balance_loss", scores, indices, B), E = scores.shape(1);
  return balance_loss(scores, expert_load(indices, E, B), detail::balance_factor(alpha, E, K, L, B), true);
}

}  // namespace hadal
