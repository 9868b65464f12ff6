// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The layers that hadal::compiled instantiates.

#include <hadal/compiled/ops.hpp>
#include <hadal/nn/nn.hpp>

/// y = module(x) for a layer that takes one tensor, or further ones after it, and gives one.
#define HADAL_COMPILED_LAYER(prefix, T, Layer, ...) \
  prefix template struct Layer<T, Cpu>;             \
  prefix template Tensor<T, Cpu> Layer<T, Cpu>::operator()(const Tensor<T, Cpu>& __VA_OPT__(, ) __VA_ARGS__) const;

/// Every layer with weights and activations of elements T.
#define HADAL_COMPILED_LAYERS(prefix, T)                                                                              \
  HADAL_COMPILED_LAYER(prefix, T, Linear, const Tensor<T, Cpu>&)                                                      \
  HADAL_COMPILED_LAYER(prefix, T, RmsNorm)                                                                            \
  HADAL_COMPILED_LAYER(prefix, T, LayerNorm)                                                                          \
  HADAL_COMPILED_LAYER(prefix, T, FeedForward, const Tensor<T, Cpu>&)                                                 \
  prefix template struct Embedding<T, Cpu>;                                                                           \
  prefix template struct GroupedQueryAttention<T, Cpu>;                                                               \
  prefix template struct LatentAttention<T, Cpu>;                                                                     \
  prefix template struct Router<T, Cpu>;                                                                              \
  prefix template struct MoE<T, Cpu>;                                                                                 \
  prefix template MoEOutput<T, Cpu> MoE<T, Cpu>::operator()(const Tensor<T, Cpu>&) const;                             \
  prefix template struct Block<T, Cpu>;                                                                               \
  prefix template BlockOutput<T, Cpu> Block<T, Cpu>::operator()(                                                      \
      const Tensor<T, Cpu>&, const RopeTable<Accumulator<T>, Cpu>&, const AttentionOptions<Cpu>&) const;              \
  prefix template struct MultiTokenPrediction<T, Cpu>;

namespace hadal {
HADAL_COMPILED_LAYERS(extern, float)
HADAL_COMPILED_LAYERS(extern, bf16)
}  // namespace hadal
