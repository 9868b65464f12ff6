// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/ops/balance_loss.hpp>
#include <hadal/ops/dispatch.hpp>
#include <hadal/ops/expert_load.hpp>
#include <hadal/ops/rms_norm.hpp>
#include <hadal/ops/route.hpp>
#include <hadal/ops/router_bias.hpp>
#include <hadal/ops/top_k.hpp>
