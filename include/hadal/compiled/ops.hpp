// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The ops that hadal::compiled instantiates. Programs built with HADAL_COMPILED see them declared here, through
// hadal.hpp, and do not instantiate them again.

#include <hadal/compiled/tensor.hpp>
#include <hadal/ops/ops.hpp>

/// Every op for elements T. `prefix` is extern where they are declared and empty where they are made.
#define HADAL_COMPILED_OPS(prefix, T)                                                                                \
  HADAL_COMPILED_BINARY(prefix, T, add)                                                                              \
  HADAL_COMPILED_BINARY(prefix, T, subtract)                                                                         \
  HADAL_COMPILED_BINARY(prefix, T, multiply)                                                                         \
  HADAL_COMPILED_BINARY(prefix, T, divide)                                                                           \
  HADAL_COMPILED_BINARY(prefix, T, maximum)                                                                          \
  HADAL_COMPILED_BINARY(prefix, T, minimum)                                                                          \
  HADAL_COMPILED_BINARY(prefix, T, swiglu)                                                                           \
  HADAL_COMPILED_UNARY(prefix, T, exp)                                                                               \
  HADAL_COMPILED_UNARY(prefix, T, log)                                                                               \
  HADAL_COMPILED_UNARY(prefix, T, sqrt)                                                                              \
  HADAL_COMPILED_UNARY(prefix, T, rsqrt)                                                                             \
  HADAL_COMPILED_UNARY(prefix, T, square)                                                                            \
  HADAL_COMPILED_UNARY(prefix, T, abs)                                                                               \
  HADAL_COMPILED_UNARY(prefix, T, sin)                                                                               \
  HADAL_COMPILED_UNARY(prefix, T, cos)                                                                               \
  HADAL_COMPILED_UNARY(prefix, T, tanh)                                                                              \
  HADAL_COMPILED_UNARY(prefix, T, sigmoid)                                                                           \
  HADAL_COMPILED_UNARY(prefix, T, relu)                                                                              \
  HADAL_COMPILED_UNARY(prefix, T, silu)                                                                              \
  HADAL_COMPILED_UNARY(prefix, T, gelu)                                                                              \
  HADAL_COMPILED_UNARY(prefix, T, gelu_tanh)                                                                         \
  HADAL_COMPILED_UNARY(prefix, T, softplus)                                                                          \
  HADAL_COMPILED_UNARY(prefix, T, softmax)                                                                           \
  HADAL_COMPILED_UNARY(prefix, T, log_softmax)                                                                       \
  HADAL_COMPILED_UNARY(prefix, T, mean)                                                                              \
  prefix template Tensor<T, Cpu> detail::affine(const char*, const Tensor<T, Cpu>&, double, double);                 \
  prefix template Tensor<T, Cpu> pow(const Tensor<T, Cpu>&, double);                                                 \
  prefix template Tensor<T, Cpu> clamp(const Tensor<T, Cpu>&, double, double);                                       \
  prefix template Tensor<T, Cpu> divide(double, const Tensor<T, Cpu>&);                                              \
  prefix template Tensor<T, Cpu> divide(const Tensor<T, Cpu>&, double);                                              \
  prefix template Tensor<T, Cpu> matmul(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&, bool, bool);                   \
  prefix template Tensor<T, Cpu> linear(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&, const Tensor<T, Cpu>&,         \
                                        const Tensor<T, Cpu>&, double, bool);                                        \
  prefix template Tensor<T, Cpu> feed_forward(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&, const Tensor<T, Cpu>&,   \
                                              const Tensor<T, Cpu>&, const Tensor<T, Cpu>&,                          \
                                              const Tensor<std::int32_t, Cpu>&);                                     \
  prefix template Tensor<T, Cpu> grouped_linear(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&,                        \
                                                const Tensor<std::int32_t, Cpu>&);                                   \
  prefix template Tensor<T, Cpu> attention(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&, const Tensor<T, Cpu>&,      \
                                           const AttentionOptions<Cpu>&);                                            \
  prefix template Tensor<T, Cpu> rms_norm(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&, double);                     \
  prefix template Tensor<T, Cpu> layer_norm(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&, const Tensor<T, Cpu>&,     \
                                            double);                                                                 \
  prefix template Tensor<T, Cpu> embedding(const Tensor<T, Cpu>&, const Tensor<std::int32_t, Cpu>&);                 \
  prefix template Tensor<Accumulator<T>, Cpu> cross_entropy(const Tensor<T, Cpu>&, const Tensor<std::int32_t, Cpu>&, \
                                                            std::int64_t);                                           \
  prefix template Tensor<Accumulator<T>, Cpu> linear_cross_entropy(                                                  \
      const Tensor<T, Cpu>&, const Tensor<T, Cpu>&, const Tensor<std::int32_t, Cpu>&, std::int64_t, Reduction);      \
  prefix template Tensor<T, Cpu> concatenate(const std::vector<Tensor<T, Cpu>>&, int);                               \
  prefix template Tensor<T, Cpu> stack(const std::vector<Tensor<T, Cpu>>&, int);                                     \
  prefix template Tensor<T, Cpu> repeat(const Tensor<T, Cpu>&, std::int64_t, int);                                   \
  prefix template Tensor<T, Cpu> dropout(const Tensor<T, Cpu>&, double, Key);                                        \
  prefix template Tensor<T, Cpu> gather(const Tensor<T, Cpu>&, const Tensor<std::int32_t, Cpu>&, int);               \
  prefix template Tensor<T, Cpu> scatter_add(const Tensor<T, Cpu>&, const Tensor<std::int32_t, Cpu>&,                \
                                             const Tensor<T, Cpu>&, int);                                            \
  prefix template Tensor<T, Cpu> index_select(const Tensor<T, Cpu>&, int, const Tensor<std::int32_t, Cpu>&);         \
  prefix template Tensor<T, Cpu> where(const Tensor<bool, Cpu>&, const Tensor<T, Cpu>&, const Tensor<T, Cpu>&);      \
  prefix template Tensor<T, Cpu> dispatch(const Tensor<T, Cpu>&, const ExpertPlan<Cpu>&);                            \
  prefix template Tensor<T, Cpu> combine(const Tensor<T, Cpu>&, const Tensor<Accumulator<T>, Cpu>&,                  \
                                         const ExpertPlan<Cpu>&);                                                    \
  prefix template TopK<T, Cpu> top_k(const Tensor<T, Cpu>&, std::int64_t);

#define HADAL_COMPILED_UNARY(prefix, T, op) prefix template Tensor<T, Cpu> op(const Tensor<T, Cpu>&);
#define HADAL_COMPILED_BINARY(prefix, T, op) \
  prefix template Tensor<T, Cpu> op(const Tensor<T, Cpu>&, const Tensor<T, Cpu>&);

/// What exists once: routing, whose scores are float whatever the model is.
#define HADAL_COMPILED_ROUTING(prefix)                                                                                \
  prefix template RopeTable<float, Cpu> rope_table(std::int64_t, std::int64_t, double, const std::optional<Yarn>&);   \
  prefix template ExpertPlan<Cpu> plan_experts(const Tensor<std::int32_t, Cpu>&, std::int64_t);                       \
  prefix template Tensor<std::int32_t, Cpu> expert_load(const Tensor<std::int32_t, Cpu>&, std::int64_t);              \
  prefix template Tensor<float, Cpu> max_violation(const Tensor<std::int32_t, Cpu>&);

namespace hadal {
HADAL_COMPILED_ROUTING(extern)
HADAL_COMPILED_OPS(extern, float)
HADAL_COMPILED_OPS(extern, bf16)
}  // namespace hadal
