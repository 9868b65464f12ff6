// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/attention.hpp>
#include <hadal/ops/balance_loss.hpp>
#include <hadal/ops/cast.hpp>
#include <hadal/ops/concatenate.hpp>
#include <hadal/ops/cross_entropy.hpp>
#include <hadal/ops/dispatch.hpp>
#include <hadal/ops/dropout.hpp>
#include <hadal/ops/embedding.hpp>
#include <hadal/ops/expert_load.hpp>
#include <hadal/ops/feed_forward.hpp>
#include <hadal/ops/functions.hpp>
#include <hadal/ops/gather.hpp>
#include <hadal/ops/grouped_linear.hpp>
#include <hadal/ops/index_select.hpp>
#include <hadal/ops/layer_norm.hpp>
#include <hadal/ops/linear.hpp>
#include <hadal/ops/linear_cross_entropy.hpp>
#include <hadal/ops/matmul.hpp>
#include <hadal/ops/packed_linear.hpp>
#include <hadal/ops/reductions.hpp>
#include <hadal/ops/rms_norm.hpp>
#include <hadal/ops/rope.hpp>
#include <hadal/ops/route.hpp>
#include <hadal/ops/router_bias.hpp>
#include <hadal/ops/softmax.hpp>
#include <hadal/ops/swiglu.hpp>
#include <hadal/ops/top_k.hpp>
#include <hadal/ops/where.hpp>
