// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/compiled/nn.hpp>

namespace hadal {
HADAL_COMPILED_LAYERS(, float)
}
