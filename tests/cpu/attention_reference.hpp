// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/key_ranges.hpp>
#include <hadal/core/random.hpp>
#include <hadal/core/scalar.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace hadal::test {

/// A dense tensor of the kernel tests.
template <class T>
struct AttentionArray {
  Shape shape;
  std::vector<T> data;
  explicit AttentionArray(Shape s, double fill = 0) : shape(s), data(static_cast<std::size_t>(s.size()), T(fill)) {}
  View<T> out() { return {data.data(), shape, shape.columns()}; }
  View<const T> view() const { return {data.data(), shape, shape.columns()}; }
  StridedView<const T> strided() const { return {data.data(), shape, dense_strides(shape)}; }
};

/// Values in (-1, 1) that differ from element to element.
template <class T>
AttentionArray<T> wave(Shape shape, double step) {
  AttentionArray<T> a(shape);
  for (std::size_t i = 0; i < a.data.size(); ++i) a.data[i] = T(std::sin(step * static_cast<double>(i + 1)));
  return a;
}

/// Attention and its gradients in double, one query after another, straight from the formula.
struct AttentionReference {
  AttentionArray<double> y, lse, dq, dk, dv;
};
template <class T>
AttentionReference attention_reference(const AttentionArray<T>& q, const AttentionArray<T>& k, const AttentionArray<T>& v, const AttentionArray<T>& dy,
                                       double scale, const KeyRanges& ranges) {
  const std::int64_t B = q.shape[0], L = q.shape[1], H = q.shape[2], S = k.shape[1], Hk = k.shape[2];
  const std::int64_t Dk = q.shape[3], Dv = v.shape[3];
  AttentionReference r{AttentionArray<double>({B, L, H, Dv}), AttentionArray<double>({B, L, H}), AttentionArray<double>(q.shape),
                       AttentionArray<double>(k.shape), AttentionArray<double>(v.shape)};
  const auto f = [](T x) { return static_cast<double>(x); };
  std::vector<double> p(static_cast<std::size_t>(S));
  for (std::int64_t row = 0; row < B * L * H; ++row) {
    const std::int64_t h = row % H, i = row / H % L, b = row / H / L;
    const KeyRange seen = ranges(b, i, S);
    const T *qi = &q.data[row * Dk], *g = &dy.data[row * Dv];
    const auto at = [&](std::int64_t j) { return (b * S + j) * Hk + h / (H / Hk); };
    double total = 0, delta = 0;
    for (std::int64_t j = seen.first; j < seen.end; ++j) {
      double s = 0;
      for (std::int64_t d = 0; d < Dk; ++d) s += f(qi[d]) * f(k.data[at(j) * Dk + d]);
      total += p[j] = std::exp(scale * s);
    }
    r.lse.data[row] = std::log(total);
    for (std::int64_t j = seen.first; j < seen.end; ++j) {
      p[j] /= total;
      for (std::int64_t d = 0; d < Dv; ++d) r.y.data[row * Dv + d] += p[j] * f(v.data[at(j) * Dv + d]);
    }
    for (std::int64_t d = 0; d < Dv; ++d) delta += f(g[d]) * r.y.data[row * Dv + d];
    for (std::int64_t j = seen.first; j < seen.end; ++j) {
      double dp = 0;
      for (std::int64_t d = 0; d < Dv; ++d) {
        dp += f(g[d]) * f(v.data[at(j) * Dv + d]);
        r.dv.data[at(j) * Dv + d] += p[j] * f(g[d]);
      }
      const double ds = scale * p[j] * (dp - delta);
      for (std::int64_t d = 0; d < Dk; ++d) {
        r.dq.data[row * Dk + d] += ds * f(k.data[at(j) * Dk + d]);
        r.dk.data[at(j) * Dk + d] += ds * f(qi[d]);
      }
    }
  }
  return r;
}

/// The largest difference over the largest reference value; infinities must agree.
template <class T>
double difference(const AttentionArray<T>& a, const AttentionArray<double>& reference) {
  double most = 0, largest = 1e-30;
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    const double x = static_cast<double>(a.data[i]), y = reference.data[i];
    if (x == y) continue;
    most = std::abs(x - y) > most || std::isnan(x) ? std::abs(x - y) : most;
    largest = std::max(largest, std::abs(y));
    if (std::isnan(most)) return std::numeric_limits<double>::infinity();
  }
  return most / largest;
}

/// Shapes that the blocks meet in different ways.
struct AttentionCase {
  std::int64_t B, L, S, H, Hk, Dk, Dv;
  bool causal;
};
inline constexpr AttentionCase attention_cases[] = {
    {1, 1, 1, 1, 1, 1, 1, true},      {2, 5, 5, 2, 2, 24, 16, true},    {1, 37, 37, 3, 1, 7, 33, true},
    {2, 9, 141, 4, 2, 16, 24, true},  {1, 70, 300, 2, 1, 40, 9, false}, {1, 300, 270, 1, 1, 19, 5, true},
};

}  // namespace hadal::test
