// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/random.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/view.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

// Plain host arrays for the tests of kernels. Rows may lie apart, so that kernels meet strided rows.

namespace hadal::test {

template <class T>
struct Array {
  Shape shape;
  std::int64_t stride = 0;
  std::vector<T> values;

  explicit Array(Shape s, std::int64_t gap = 0)
      : shape(s), stride(s.columns() + gap), values(static_cast<std::size_t>(s.rows() * (s.columns() + gap))) {}

  View<T> view() { return {values.data(), shape, stride}; }
  View<const T> view() const { return {values.data(), shape, stride}; }
  GradView<T> grad(bool add = false) { return {view(), add}; }
  T& at(std::int64_t r, std::int64_t c) { return values[static_cast<std::size_t>(r * stride + c)]; }
  double operator()(std::int64_t r, std::int64_t c) const {
    return static_cast<double>(values[static_cast<std::size_t>(r * stride + c)]);
  }
  std::int64_t rows() const { return shape.rows(); }
  std::int64_t columns() const { return shape.columns(); }
};

/// Uniform in [-scale, scale), rounded to T.
template <class T>
Array<T> random_array(Shape shape, std::uint64_t seed, double scale = 1, std::int64_t gap = 0) {
  Array<T> a(shape, gap);
  for (std::size_t i = 0; i < a.values.size(); ++i)
    a.values[i] = T(scale * (2.0 * static_cast<double>(random_uniform(Key{seed}, i)) - 1));
  return a;
}

/// The same without a shape, in [-1, 1).
template <class T>
std::vector<T> random_values(std::int64_t n, std::uint64_t seed) {
  return random_array<T>({n}, seed).values;
}

/// The largest |a - reference| over the largest |reference|.
template <class T>
double relative_error(const Array<T>& a, const Array<double>& reference) {
  double difference = 0, largest = 0;
  for (std::int64_t r = 0; r < a.rows(); ++r)
    for (std::int64_t c = 0; c < a.columns(); ++c) {
      const double d = std::abs(a(r, c) - reference(r, c));
      if (!(d <= difference)) difference = d;
      largest = std::fmax(largest, std::abs(reference(r, c)));
    }
  return largest > 0 ? difference / largest : difference;
}

/// Half a unit in the last place of a value in [1, 2).
template <class T>
inline constexpr double rounding = 0;
template <>
inline constexpr double rounding<float> = 0x1p-24;
template <>
inline constexpr double rounding<double> = 0x1p-53;
template <>
inline constexpr double rounding<bf16> = 0x1p-8;
template <>
inline constexpr double rounding<half> = 0x1p-11;

/// What a kernel may be off by: the result's rounding to T, and `steps` roundings of the accumulator.
template <class T>
inline double tolerance(double steps) {
  return 1.01 * rounding<T> + steps * rounding<Accumulator<T>>;
}

}  // namespace hadal::test
