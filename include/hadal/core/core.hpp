// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/allocator.hpp>
#include <hadal/core/checksum.hpp>
#include <hadal/core/clock.hpp>
#include <hadal/core/config.hpp>
#include <hadal/core/device.hpp>
#include <hadal/core/error.hpp>
#include <hadal/core/file.hpp>
#include <hadal/core/float8.hpp>
#include <hadal/core/json.hpp>
#include <hadal/core/json_keys.hpp>
#include <hadal/core/json_value.hpp>
#include <hadal/core/key_ranges.hpp>
#include <hadal/core/latent_rows.hpp>
#include <hadal/core/mapped_region.hpp>
#include <hadal/core/mutex.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/random.hpp>
#include <hadal/core/ref.hpp>
#include <hadal/core/runtime.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/shape.hpp>
#include <hadal/core/storage.hpp>
#include <hadal/core/thread_pool.hpp>
#include <hadal/core/trace.hpp>
#include <hadal/core/utf8.hpp>
#include <hadal/core/view.hpp>
#include <hadal/core/workspace.hpp>
