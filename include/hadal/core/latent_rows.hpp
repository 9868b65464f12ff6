// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/view.hpp>

#include <cstdint>

namespace hadal {

/// How a latent cache stores a token's R + dr numbers [c | kr].
///   full  in the activations' own type
///   bf16  rounded to bf16: 2 (R + dr) bytes
///   int8  the latent as one scale, max |c| / 127, and R signed bytes; the rope key, which is not normalised, in bf16:
///         R + 2 dr + 4 bytes. The latent has passed an RMS norm: one scale a row is enough, and a uniform step is off
///         by about a third of what the three-bit mantissa of an 8-bit float is for such numbers.
enum class CacheFormat : std::uint8_t { full, bf16, int8 };

/// The record of one token.
struct LatentLayout {
  CacheFormat format = CacheFormat::full;
  std::int64_t R = 0, dr = 0;
  std::int64_t element = 0;  ///< bytes of an activation

  HADAL_HD std::int64_t row_bytes() const {
    if (format == CacheFormat::full) return (R + dr) * element;
    if (format == CacheFormat::bf16) return (R + dr) * 2;
    return (4 + 2 * dr + R + 3) / 4 * 4;  // scale, rope key, latent; records stay aligned
  }
};

/// The records of many sequences, each of which has room for `capacity` of them. Sequence b of a batch lives at
/// slots[b].
struct LatentRows {
  unsigned char* data = nullptr;
  LatentLayout layout;
  std::int64_t capacity = 0;
  View<const std::int32_t> slots;  ///< (B)

  HADAL_HD unsigned char* row(std::int64_t b, std::int64_t position) const {
    return data + (slots.data[b] * capacity + position) * layout.row_bytes();
  }
};

}  // namespace hadal
