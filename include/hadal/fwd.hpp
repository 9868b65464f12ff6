// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// Declarations only, for headers of a program that name tensors without using them. The one place of default template
// arguments.

#include <hadal/core/device.hpp>

namespace hadal {

struct bf16;
struct half;
struct Shape;
class TensorBase;

template <class T = float, class D = Cpu>
class Tensor;

// Modules (nn/) and models (models/).
template <class T = float, class D = Cpu> struct Linear;
template <class T = float, class D = Cpu> struct Embedding;
template <class T = float, class D = Cpu> struct RmsNorm;
template <class T = float, class D = Cpu> struct LayerNorm;
template <class T = float, class D = Cpu> struct FeedForward;
template <class T = float, class D = Cpu> struct GroupedQueryAttention;
template <class T = float, class D = Cpu> struct LatentAttention;
template <class T = float, class D = Cpu> struct LatentCache;
template <class D = Cpu> struct CacheStep;
template <class T = float, class D = Cpu> struct Router;
template <class T = float, class D = Cpu> struct MoE;
template <class T = float, class D = Cpu> struct Block;
template <class T = float, class D = Cpu> struct MultiTokenPrediction;
template <class T = float, class D = Cpu> struct DeepSeek;
template <class T = float, class D = Cpu> struct Gpt2;

}  // namespace hadal
