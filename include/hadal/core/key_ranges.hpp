// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/view.hpp>

#include <cstdint>

namespace hadal {

/// Keys first <= j < end; none when end <= first.
struct KeyRange {
  std::int64_t first, end;
};

/// Which keys each query of attention sees, one range a query. The rule (all keys, or those up to the query's own
/// position) says where it begins and ends, unless a table `first` (B, L) or `end` (B, L) does.
struct KeyRanges {
  bool causal = true;
  std::int64_t offset = 0;  ///< causal: query i stands at key i + offset
  View<const std::int32_t> first, end;

  /// The keys of query (b, i) among S keys.
  HADAL_HD KeyRange operator()(std::int64_t b, std::int64_t i, std::int64_t S) const {
    std::int64_t lo = 0, hi = causal ? i + offset + 1 : S;
    if (first.data) lo = first.row(b)[i];
    if (end.data) hi = end.row(b)[i];
    if (lo < 0) lo = 0;
    if (hi > S) hi = S;
    return {lo, hi < lo ? lo : hi};
  }
};

}  // namespace hadal
