// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The whole library, for programs that need nothing but Eigen. The map, from the ground up; each room includes only
// rooms above it in this list:
//
//   core/      errors, scalar types, shapes, storage, views, keyed random numbers, threads
//   cpu/       kernels on views; the only room that uses Eigen
//   tensor/    Tensor<T, D>: views, the tape, recompute, gradient checks
//   ops/       differentiable operations, one header each
//   tree/      everything done by walking a module's parameters
//   dist/      many processes: communicator, collectives, sharding
//   nn/        layers: linear, norms, attention, latent attention, mixture of experts
//   optim/     AdamW, Muon, SGD, schedules, clipping
//   io/        safetensors, checkpoints, configuration
//   text/      byte-level BPE
//   data/      token files, packing, resumable shuffling
//   generate/  sampling and decoding
//   models/    DeepSeek, GPT-2
//   train/     the training step, metrics, resume

#include <hadal/core/core.hpp>
#include <hadal/data/data.hpp>
#include <hadal/fwd.hpp>
#include <hadal/generate/generate.hpp>
#include <hadal/io/io.hpp>
#include <hadal/models/models.hpp>
#include <hadal/nn/nn.hpp>
#include <hadal/ops/ops.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/tensor/grad_check.hpp>
#include <hadal/tensor/grad_mode.hpp>
#include <hadal/tensor/hollow.hpp>
#include <hadal/tensor/recompute.hpp>
#include <hadal/tensor/record.hpp>
#include <hadal/tensor/tape.hpp>
#include <hadal/tensor/tensor.hpp>
#include <hadal/tensor/tensor_base.hpp>
#include <hadal/tensor/views.hpp>
#include <hadal/tensor/walk.hpp>
#include <hadal/text/text.hpp>
#include <hadal/train/train.hpp>
#include <hadal/tree/tree.hpp>
#include <hadal/version.hpp>

#ifdef HADAL_COMPILED
#include <hadal/compiled/compiled.hpp>
#endif
