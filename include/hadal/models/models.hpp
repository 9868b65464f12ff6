// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/models/deepseek/config.hpp>
#include <hadal/models/deepseek/config_json.hpp>
#include <hadal/models/deepseek/inventory.hpp>
#include <hadal/models/deepseek/model.hpp>
#include <hadal/models/deepseek/pretrained.hpp>
#include <hadal/models/gpt2/model.hpp>
