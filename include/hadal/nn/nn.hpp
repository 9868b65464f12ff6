// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/nn/attention.hpp>
#include <hadal/nn/block.hpp>
#include <hadal/nn/embedding.hpp>
#include <hadal/nn/feed_forward.hpp>
#include <hadal/nn/latent_attention.hpp>
#include <hadal/nn/latent_cache.hpp>
#include <hadal/nn/linear.hpp>
#include <hadal/nn/moe.hpp>
#include <hadal/nn/multi_token_prediction.hpp>
#include <hadal/nn/norms.hpp>
#include <hadal/nn/router.hpp>
