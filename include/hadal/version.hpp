// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The one place of the version; CMake reads these three lines.
#define HADAL_VERSION_MAJOR 0
#define HADAL_VERSION_MINOR 1
#define HADAL_VERSION_PATCH 0
