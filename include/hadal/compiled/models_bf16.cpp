// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/compiled/models.hpp>
#include <hadal/compiled/nn.hpp>

namespace hadal {
HADAL_COMPILED_MODELS(, bf16)
}
