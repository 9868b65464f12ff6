// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/error.hpp>

#include <cstdint>
#include <limits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// Throws IndexError unless 0 <= ids[i] < limit for all n of them; `allowed` passes too. `what` names one of them in
/// the message, as in "embedding: id 9 at position 3 is out of range for 5 rows".
inline void check_ids(const char* op, const char* what, const std::int32_t* ids, std::int64_t n, std::int64_t limit,
                      const char* of, std::int64_t allowed = std::numeric_limits<std::int64_t>::min()) {
  for (std::int64_t i = 0; i < n; ++i)
    HADAL_CHECK((ids[i] >= 0 && ids[i] < limit) || ids[i] == allowed, IndexError, op, ": ", what, " ", ids[i],
                " at position ", i, " is out of range for ", limit, " ", of);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
