// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/workspace.hpp>
#include <hadal/cpu/convert.hpp>
#include <hadal/cpu/float8.hpp>
#include <hadal/io/stored_tensor.hpp>

namespace hadal {

/// What the name of an FP8 tensor's scales adds to its own. They multiply, whatever the name says.
inline constexpr const char* scale_suffix = "_scale_inv";

namespace detail {

inline bool is_fp8(const StoredTensor& e) { return e.type == "F8_E4M3"; }

/// Bytes of a file that a thread reads before it gives their pages back.
inline constexpr std::int64_t read_piece = std::int64_t{2} << 20;

/// n elements of type S at an address that need not be aligned for it, converted to T.
template <class S, class T>
void convert_bytes(const std::byte* from, T* to, std::int64_t n) {
  if (reinterpret_cast<std::uintptr_t>(from) % alignof(S) == 0)
    return convert(Cpu{}, View<T>{to, {n}, n}, View<const S>{reinterpret_cast<const S*>(from), {n}, n});
  constexpr std::int64_t step = 4096, size = sizeof(S);
  parallel_for((n + step - 1) / step, 16, [&](std::int64_t begin, std::int64_t end) {
    Scratch<S> aligned(step);
    for (std::int64_t i = begin * step; i < std::min(end * step, n); i += step) {
      const std::int64_t m = std::min(step, n - i);
      std::memcpy(static_cast<void*>(aligned.data()), from + i * size,
                  static_cast<std::size_t>(m * size));
      convert(Cpu{}, View<T>{to + i, {m}, m}, View<const S>{aligned.data(), {m}, m});
    }
  });
}

/// Calls f(first, count) over pieces of `n` items of the entry, each of so many bytes, in parallel, and forgets each
/// piece's pages. All pieces but the last hold a multiple of `multiple` items.
template <class F>
void each_piece(const StoredTensor& e, std::int64_t n, std::int64_t item, std::int64_t multiple, const F& f) {
  const std::int64_t step =
      std::max<std::int64_t>(1, read_piece / std::max<std::int64_t>(item * multiple, 1)) * multiple;
  parallel_tasks((n + step - 1) / step, [&](std::int64_t task) {
    const std::int64_t i = task * step, m = std::min(step, n - i);
    f(i, m);
    if (e.file) e.file->forget(e.bytes.subspan(static_cast<std::size_t>(i * item), static_cast<std::size_t>(m * item)));
  });
}

/// The scales of an FP8 matrix as floats.
inline std::vector<float> read_scales(const StoredTensor& s) {
  const std::int64_t n = s.shape.size();
  std::vector<float> scales(static_cast<std::size_t>(n));
  if (s.dtype == DType::f32) convert_bytes<float>(s.bytes.data(), scales.data(), n);
  else if (s.dtype == DType::bf16) convert_bytes<bf16>(s.bytes.data(), scales.data(), n);
  else
    for (std::size_t i = 0; i < scales.size(); ++i) scales[i] = __builtin_bit_cast(e8m0, s.bytes[i]);
  return scales;
}

/// Throws FileError unless the entry can be read as elements of type T. `scale`: of an FP8 entry, null when missing.
template <class T>
void check_readable(const StoredTensors& source, const StoredTensor& e, const StoredTensor* scale,
                    const Fp8Blocks& blocks) {
  if (e.dtype == dtype_of<T>) return;
  if constexpr (is_real<T>) {
    if (e.dtype == DType::f32 || e.dtype == DType::f64 || e.dtype == DType::bf16 || e.dtype == DType::f16) return;
    if (is_fp8(e)) {
      const std::string& path = source.place_of(e);
      HADAL_CHECK(e.shape.rank == 2, FileError, path, ": tensor '", e.name, "' in FP8 must be a matrix, is ", e.shape);
      HADAL_CHECK(scale, FileError, path, ": tensor '", e.name, "' is FP8, but its scales '", e.name, scale_suffix,
                  "' are missing");
      const Shape needed{blocks.down(e.shape[0]), blocks.across(e.shape[1])};
      HADAL_CHECK(scale->shape == needed, FileError, source.place_of(*scale), ": tensor '", scale->name, "' must be ",
                  needed, " for blocks of ", Shape{blocks.rows, blocks.columns}, " in ", e.shape, ", is ",
                  scale->shape);
      HADAL_CHECK(scale->dtype == DType::f32 || scale->dtype == DType::bf16 || scale->type == "F8_E8M0", FileError,
                  source.place_of(*scale), ": tensor '", scale->name, "' must be F32, BF16 or F8_E8M0, is ",
                  scale->type);
      return;
    }
  }
  fail<FileError>(source.place_of(e), ": tensor '", e.name, "' of type ", e.type, " does not convert to ", dtype_of<T>);
}

/// Writes an entry that passed check_readable into host memory as elements of type T, on all threads. Pages of the file
/// do not stay in memory.
template <class T>
void read_elements(const StoredTensor& e, const StoredTensor* scale, const Fp8Blocks& blocks, T* to) {
  const std::int64_t n = e.shape.size();
  if (n == 0) return;
  const std::byte* from = e.bytes.data();
  if (e.dtype == dtype_of<T>)
    return each_piece(e, std::ssize(e.bytes), 1, 1, [&](std::int64_t i, std::int64_t m) {
      std::memcpy(reinterpret_cast<std::byte*>(to) + i, from + i, static_cast<std::size_t>(m));
    });
  if constexpr (is_real<T>) {
    const auto converted = [&]<class S>(S) {
      constexpr std::int64_t size = sizeof(S);
      each_piece(e, n, size, 1, [&](std::int64_t i, std::int64_t m) { convert_bytes<S>(from + i * size, to + i, m); });
    };
    if (e.dtype == DType::f32) return converted(float{});
    if (e.dtype == DType::f64) return converted(double{});
    if (e.dtype == DType::bf16) return converted(bf16{});
    if (e.dtype == DType::f16) return converted(half{});
    const std::vector<float> scales = read_scales(*scale);
    const std::int64_t columns = e.shape[1], across = blocks.across(columns);
    each_piece(e, e.shape[0], columns, blocks.rows, [&](std::int64_t row, std::int64_t rows) {
      dequantize(Cpu{}, View<T>{to + row * columns, {rows, columns}, columns},
                 View<const e4m3>{reinterpret_cast<const e4m3*>(from) + row * columns, {rows, columns}, columns},
                 View<const float>{scales.data() + row / blocks.rows * across, {blocks.down(rows), across}, across},
                 blocks);
    });
  }
}

}  // namespace detail

}  // namespace hadal
