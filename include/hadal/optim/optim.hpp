// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/optim/adamw.hpp>
#include <hadal/optim/clipping.hpp>
#include <hadal/optim/deepseek_training.hpp>
#include <hadal/optim/muon.hpp>
#include <hadal/optim/newton_schulz.hpp>
#include <hadal/optim/optimizer.hpp>
#include <hadal/optim/parameter_group.hpp>
#include <hadal/optim/schedules.hpp>
#include <hadal/optim/sgd.hpp>
#include <hadal/optim/update.hpp>
