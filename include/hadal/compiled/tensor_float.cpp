// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/compiled/tensor.hpp>

namespace hadal {
HADAL_COMPILED_INDICES(, std::int32_t)
HADAL_COMPILED_INDICES(, std::int64_t)
HADAL_COMPILED_TENSOR(, float)
}
