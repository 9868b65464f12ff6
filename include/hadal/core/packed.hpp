// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/config.hpp>

#include <cstdint>

namespace hadal {

/// How packed weights are stored.
///   panels  the numbers themselves, in the order in which products read them: nothing is lost, many rows need not
///           pack them again, and few rows, as in decoding, read them at the speed of memory
/// The others row by row:
///   int8  a signed byte, -127 .. 127, and a float scale for the row: 1 byte a weight, off by at most half a step of
///         max |row| / 127
///   int4  blocks of 64 weights of a row, -8 .. 7 in half a byte each, and a bf16 scale for the block: 0.53 bytes a
///         weight; a step is 1/8 of the block's largest number, which is met, and others are off by half a step, or by
///         one at the far end on the other side
/// Blocks of 32 would be 12 % more exact and 6 % larger; 64 is what the vectors of most machines take at once.
enum class PackedFormat : std::uint8_t { int8, int4, panels };

/// Stacked matrices (E, out, in). As packed rows: all the rows, padded with zeros to whole blocks of 64 weights, then
/// all the scales. Byte i of a block of int4 holds, plus 8, weight i in its lower half and weight i + 32 in its upper.
/// As panels: cpu/pack.hpp's, one matrix after the other, with room for whole blocks of 64 outputs.
struct PackedMatrix {
  static constexpr std::int64_t block = 64;

  unsigned char* data = nullptr;
  PackedFormat format = PackedFormat::int8;
  std::int64_t E = 0, out = 0, in = 0;
  std::int64_t element = 0;  ///< bytes of a number in panels

  std::int64_t blocks() const { return (in + block - 1) / block; }
  std::int64_t row_bytes() const { return blocks() * (format == PackedFormat::int8 ? block : block / 2); }
  std::int64_t scale_bytes() const { return format == PackedFormat::int8 ? 4 : 2 * blocks(); }  // of a row
  std::int64_t panel_bytes() const { return in * ((out + block - 1) / block * block) * element; }
  std::int64_t bytes() const {
    return E * (format == PackedFormat::panels ? panel_bytes() : out * (row_bytes() + scale_bytes()));
  }
  unsigned char* row(std::int64_t e, std::int64_t j) const { return data + (e * out + j) * row_bytes(); }
  /// A float, or blocks() numbers of bf16.
  unsigned char* scales(std::int64_t e, std::int64_t j) const {
    return data + E * out * row_bytes() + (e * out + j) * scale_bytes();
  }
};

}  // namespace hadal
