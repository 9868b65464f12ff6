// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The layers and models that hadal::compiled instantiates, and what training does with a model.

#include <hadal/compiled/ops.hpp>
#include <hadal/models/models.hpp>
#include <hadal/nn/nn.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/train/step.hpp>
#include <hadal/tree/tree.hpp>

/// y = module(x) for a layer that takes and gives one tensor.
#define HADAL_COMPILED_LAYER(prefix, T, Layer)  \
  prefix template struct Layer<T, Cpu>;         \
  prefix template Tensor<T, Cpu> Layer<T, Cpu>::operator()(const Tensor<T, Cpu>&) const;

/// Every layer with weights and activations of elements T.
#define HADAL_COMPILED_LAYERS(prefix, T)                                                                              \
  HADAL_COMPILED_LAYER(prefix, T, Linear)                                                                             \
  HADAL_COMPILED_LAYER(prefix, T, RmsNorm)                                                                            \
  HADAL_COMPILED_LAYER(prefix, T, LayerNorm)                                                                          \
  HADAL_COMPILED_LAYER(prefix, T, FeedForward)                                                                        \
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

/// A model, and what is done by walking it.
#define HADAL_COMPILED_MODEL(prefix, Model)                                                  \
  prefix template struct Model;                                                              \
  prefix template void trainable(Model&);                                                    \
  prefix template void zero_grad(const Model&);                                              \
  prefix template std::vector<NamedTensor> parameters(const Model&);                         \
  prefix template std::vector<NamedTensor> state_dict(const Model&);                         \
  prefix template std::int64_t count_parameters(const Model&);                               \
  prefix template double gradient_norm(const Model&);                                        \
  prefix template double clip_gradients(const Model&, double);                               \
  prefix template Optimizer make_optimizer(const Model&, std::vector<ParameterGroup>);       \
  prefix template std::string detail::find_bad_tensor(const Model&, bool);

#define HADAL_COMPILED_MODELS(prefix, T) \
  HADAL_COMPILED_LAYERS(prefix, T)       \
  HADAL_COMPILED_MODEL(prefix, DeepSeek<T HADAL_COMMA Cpu>) \
  HADAL_COMPILED_MODEL(prefix, Gpt2<T HADAL_COMMA Cpu>)
#define HADAL_COMMA ,

namespace hadal {
HADAL_COMPILED_MODELS(extern, float)
HADAL_COMPILED_MODELS(extern, bf16)
}  // namespace hadal
