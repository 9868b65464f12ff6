// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

namespace hadal {

/// Where documents begin in a run of tokens, then its length; a document ends behind each token `end`.
inline std::vector<std::int64_t> document_offsets(std::span<const std::int32_t> tokens, std::int32_t end) {
  std::vector<std::int64_t> offsets = {0};
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] == end || i + 1 == tokens.size()) offsets.push_back(static_cast<std::int64_t>(i + 1));
  return offsets;
}

/// Cumulative lengths, 0 first and `length` last, of the parts of documents inside the window
/// begin .. begin + length - 1: what attention over packed sequences needs to keep them apart.
/// Throws ValueError when the offsets do not rise or the window leaves them.
inline std::vector<std::int32_t> cu_seqlens(std::span<const std::int64_t> offsets, std::int64_t begin,
                                            std::int64_t length) {
  HADAL_CHECK(std::adjacent_find(offsets.begin(), offsets.end(), std::greater_equal<>()) == offsets.end(), ValueError,
              "cu_seqlens: document offsets must rise");
  HADAL_CHECK(!offsets.empty() && length > 0 && length <= INT32_MAX && begin >= offsets.front() &&
                  begin <= offsets.back() - length,
              ValueError, "cu_seqlens: the window ", begin, " + ", length, " must lie within the documents");
  std::vector<std::int32_t> bounds = {0};
  for (auto next = std::upper_bound(offsets.begin(), offsets.end(), begin); next != offsets.end(); ++next) {
    if (*next >= begin + length) break;
    bounds.push_back(static_cast<std::int32_t>(*next - begin));
  }
  bounds.push_back(static_cast<std::int32_t>(length));
  return bounds;
}

/// The position of each token within its own part: 0, 1, ... anew from each bound on.
inline std::vector<std::int32_t> packed_positions(std::span<const std::int32_t> cu_seqlens) {
  std::vector<std::int32_t> positions;
  for (std::size_t part = 0; part + 1 < cu_seqlens.size(); ++part)
    for (std::int32_t i = cu_seqlens[part]; i < cu_seqlens[part + 1]; ++i) positions.push_back(i - cu_seqlens[part]);
  return positions;
}

}  // namespace hadal
