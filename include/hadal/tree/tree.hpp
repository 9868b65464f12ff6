// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tree/copy.hpp>
#include <hadal/tree/members.hpp>
#include <hadal/tree/pack.hpp>
#include <hadal/tree/parameters.hpp>
