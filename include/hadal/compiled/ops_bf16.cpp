// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/compiled/ops.hpp>

namespace hadal {
HADAL_COMPILED_OPS(, bf16)
}
