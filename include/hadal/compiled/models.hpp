// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The models that hadal::compiled instantiates, and what training does with a model.

#include <hadal/compiled/tensor.hpp>
#include <hadal/models/deepseek/model.hpp>
#include <hadal/models/gpt2/model.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/train/step.hpp>
#include <hadal/tree/tree.hpp>

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
  HADAL_COMPILED_MODEL(prefix, DeepSeek<T HADAL_COMMA Cpu>) \
  HADAL_COMPILED_MODEL(prefix, Gpt2<T HADAL_COMMA Cpu>)
#define HADAL_COMMA ,

namespace hadal {
HADAL_COMPILED_MODELS(extern, float)
HADAL_COMPILED_MODELS(extern, bf16)
}  // namespace hadal
