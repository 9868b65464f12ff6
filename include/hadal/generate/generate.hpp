// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/generate/decode.hpp>
#include <hadal/generate/distribution.hpp>
#include <hadal/generate/generator.hpp>
#include <hadal/generate/request.hpp>
#include <hadal/generate/sampling.hpp>
#include <hadal/generate/text_stream.hpp>
