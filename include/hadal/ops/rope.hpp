// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/trace.hpp>
#include <hadal/cpu/rope.hpp>
#include <hadal/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

namespace hadal {

/// Stretches rope to longer sequences than a model was trained on. Source: Peng et al. 2023, as DeepSeek-V2 uses it.
struct Yarn {
  double factor = 40;                   ///< how many times longer
  std::int64_t original_length = 4096;  ///< the length trained on
  double beta_fast = 32;  ///< pairs that turn more often than this over the original length stay as they are
  double beta_slow = 1;   ///< pairs that turn less often are slowed down by the factor; between the two a ramp
  double mscale = 1, mscale_all_dim = 0;

  /// 1 + 0.1 a ln(factor): how much sharper attention must be, for a given coefficient a.
  double temperature(double a) const { return factor > 1 ? 0.1 * a * std::log(factor) + 1 : 1; }

  bool operator==(const Yarn&) const = default;
};

/// What attention multiplies its scores with: width^-1/2, times the square of YaRN's temperature for mscale_all_dim.
inline double yarn_softmax_scale(std::int64_t width, const std::optional<Yarn>& yarn) {
  const double m = yarn ? yarn->temperature(yarn->mscale_all_dim) : 1;
  return m * m / std::sqrt(static_cast<double>(width));
}

/// The angle per position of pairs 0 .. Dr/2 - 1: theta^(-2i/Dr), changed by YaRN where given.
inline std::vector<double> rope_frequencies(std::int64_t Dr, double theta, const std::optional<Yarn>& yarn) {
  HADAL_CHECK(Dr > 0 && Dr % 2 == 0, ValueError, "rope: the width must be even and above 0, got ", Dr);
  HADAL_CHECK(theta > 1, ValueError, "rope: theta must be above 1, got ", theta);
  const double width = static_cast<double>(Dr);
  std::vector<double> w(static_cast<std::size_t>(Dr / 2));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::pow(theta, -2.0 * static_cast<double>(i) / width);
  if (!yarn) return w;
  HADAL_CHECK(yarn->factor >= 1 && yarn->original_length > 0 && yarn->beta_fast > 0 && yarn->beta_slow > 0, ValueError,
              "rope: YaRN's factor must be at least 1, its length and betas above 0, got ", yarn->factor, ", ",
              yarn->original_length, ", ", yarn->beta_fast, " and ", yarn->beta_slow);
  // The pair that turns `turns` times over the original length.
  const auto pair = [&](double turns) {
    const double length = static_cast<double>(yarn->original_length);
    return width * std::log(length / (2 * std::numbers::pi * turns)) / (2 * std::log(theta));
  };
  const double low = std::max(std::floor(pair(yarn->beta_fast)), 0.0);
  double high = std::min(std::ceil(pair(yarn->beta_slow)), width - 1);
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    w[i] *= ramp / yarn->factor + (1 - ramp);
  }
  return w;
}

/// Cosines and sines of all angles up to a length. A constant of its module: moved with it, not saved.
template <class T, class D>
struct RopeTable {
  Tensor<T, D> cosine, sine;  // (P, Dr/2)
  static void visit(auto&& v, auto&... self) {
    v.constant("cosine", self.cosine...);
    v.constant("sine", self.sine...);
  }
};

/// The table for rows of width Dr at positions 0 .. length-1; T is float or double. Angles are computed in double. With
/// YaRN both are multiplied by the ratio of its temperatures for mscale and mscale_all_dim.
template <class T, class D>
RopeTable<T, D> rope_table(std::int64_t Dr, std::int64_t length, double theta, const std::optional<Yarn>& yarn = {}) {
  static_assert(std::is_floating_point_v<T>, "rope's table is float, or double for double tensors");
  HADAL_CHECK(length > 0, ValueError, "rope: the table must have at least one position, got ", length);
  const std::vector<double> w = rope_frequencies(Dr, theta, yarn);
  const double scale = yarn ? yarn->temperature(yarn->mscale) / yarn->temperature(yarn->mscale_all_dim) : 1;
  std::vector<T> cosine, sine;
  cosine.reserve(w.size() * static_cast<std::size_t>(length));
  sine.reserve(cosine.capacity());
  for (std::int64_t p = 0; p < length; ++p)
    for (double frequency : w) {
      cosine.push_back(static_cast<T>(scale * std::cos(static_cast<double>(p) * frequency)));
      sine.push_back(static_cast<T>(scale * std::sin(static_cast<double>(p) * frequency)));
    }
  return {Tensor<T, D>::from(cosine, {length, Dr / 2}), Tensor<T, D>::from(sine, {length, Dr / 2})};
}

/// Which elements of a row make pair i: 2i and 2i + 1, or i and i + Dr/2.
enum class RopeLayout { interleaved, half_split };

namespace detail {

template <class T, class D>
Tensor<T, D> rope(const Tensor<T, D>& x_in, const RopeTable<Accumulator<T>, D>& table, RopeLayout layout,
                  std::int64_t offset, const Tensor<std::int32_t, D>& positions, bool tail) {
  const std::int64_t width = 2 * table.cosine.shape(-1);
  HADAL_CHECK(x_in.rank() == 4 && (x_in.shape(-1) == width || (tail && x_in.shape(-1) > width)), ShapeError,
              "rope: x must be (B, L, H, ", width, tail ? " or more" : "", ") to match the table ",
              table.cosine.shape(), ", got ", x_in.shape());
  const Tensor<T, D> x = x_in.dense_rows();
  auto y = Tensor<T, D>::empty(x.shape());
  const bool interleaved = layout == RopeLayout::interleaved;
  {
    trace::Scope scope("rope", 3.0 * static_cast<double>(x.size()), 2.0 * static_cast<double>(x.bytes()));
    rope_forward(D{}, y.out(), x.view(), table.cosine.view(), table.sine.view(), positions.view(), offset, interleaved);
  }
  record("rope", y, inputs(x),
         saved(keep("cosine", table.cosine), keep("sine", table.sine), keep("positions", positions)),
         [offset, interleaved](const auto& dy, auto& dx, const auto& cosine, const auto& sine, const auto& positions) {
           trace::Scope scope("rope backward", 3.0 * static_cast<double>(dy.size()),
                              2.0 * static_cast<double>(dy.bytes()));
           rope_backward(D{}, dx.view(), dy.view(), cosine.view(), sine.view(), positions.view(), offset, interleaved);
         });
  return y;
}

}  // namespace detail

/// Rotates each pair of a row by its position times the pair's frequency      x: (B, L, H, Dr)  ->  the same
/// (a, b) -> (a cos - b sin, b cos + a sin). Row l of the sequence stands at position offset + l. Rows may lie apart: a
/// slice of wider heads is not copied. `tail`: rows may be wider, (B, L, H, Dn + Dr), and their first Dn columns stay
/// as they are. Throws IndexError for positions outside the table. Source: Su et al. 2021.
template <class T, class D>
Tensor<T, D> rope(const Tensor<T, D>& x, const RopeTable<Accumulator<T>, D>& table, RopeLayout layout,
                  std::int64_t offset = 0, bool tail = false) {
  const std::int64_t length = x.rank() == 4 ? x.shape(1) : 0;
  HADAL_CHECK(offset >= 0 && offset + length <= table.cosine.shape(0), IndexError, "rope: positions ", offset, " to ",
              offset + length - 1, " are out of range for ", table.cosine.shape(0), " rows of the table");
  return detail::rope(x, table, layout, offset, Tensor<std::int32_t, D>{}, tail);
}

/// The same at given positions, which are checked where the host can read them      positions: (B, L)
template <class T, class D>
Tensor<T, D> rope(const Tensor<T, D>& x, const RopeTable<Accumulator<T>, D>& table, RopeLayout layout,
                  const Tensor<std::int32_t, D>& positions, bool tail = false) {
  HADAL_CHECK(positions.defined() && x.rank() == 4 && positions.shape() == x.shape().first(2), ShapeError,
              "rope: positions must be (B, L) of x ", x.shape(), ", got ", positions.shape());
  return detail::rope(x, table, layout, 0, positions.contiguous(), tail);
}

}  // namespace hadal
