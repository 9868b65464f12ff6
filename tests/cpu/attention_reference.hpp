// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <support/array.hpp>

#include <hadal/core/key_ranges.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace hadal::test {

template <class T>
Array<T> filled(Shape shape, double value) {
  Array<T> a(shape);
  for (T& x : a.values) x = T(value);
  return a;
}

template <class T>
StridedView<const T> strided(const Array<T>& a) {
  return {a.values.data(), a.shape, dense_strides(a.shape)};
}

/// Attention and its gradients in double, one query after another, straight from the formula.
struct AttentionReference {
  Array<double> y, lse, dq, dk, dv;
};
template <class T>
AttentionReference attention_reference(const Array<T>& q, const Array<T>& k, const Array<T>& v, const Array<T>& dy,
                                       double scale, const KeyRanges& ranges) {
  const std::int64_t B = q.shape[0], L = q.shape[1], H = q.shape[2], S = k.shape[1], Hk = k.shape[2];
  const std::int64_t Dk = q.shape[3], Dv = v.shape[3];
  AttentionReference r{Array<double>({B, L, H, Dv}), Array<double>({B, L, H}), Array<double>(q.shape),
                       Array<double>(k.shape), Array<double>(v.shape)};
  const auto f = [](T x) { return static_cast<double>(x); };
  std::vector<double> p(static_cast<std::size_t>(S));
  for (std::int64_t row = 0; row < B * L * H; ++row) {
    const std::int64_t h = row % H, i = row / H % L, b = row / H / L;
    const KeyRange seen = ranges(b, i, S);
    const T *qi = &q.values[row * Dk], *g = &dy.values[row * Dv];
    const auto at = [&](std::int64_t j) { return (b * S + j) * Hk + h / (H / Hk); };
    double total = 0, delta = 0;
    for (std::int64_t j = seen.first; j < seen.end; ++j) {
      double s = 0;
      for (std::int64_t d = 0; d < Dk; ++d) s += f(qi[d]) * f(k.values[at(j) * Dk + d]);
      total += p[j] = std::exp(scale * s);
    }
    r.lse.values[row] = std::log(total);
    for (std::int64_t j = seen.first; j < seen.end; ++j) {
      p[j] /= total;
      for (std::int64_t d = 0; d < Dv; ++d) r.y.values[row * Dv + d] += p[j] * f(v.values[at(j) * Dv + d]);
    }
    for (std::int64_t d = 0; d < Dv; ++d) delta += f(g[d]) * r.y.values[row * Dv + d];
    for (std::int64_t j = seen.first; j < seen.end; ++j) {
      double dp = 0;
      for (std::int64_t d = 0; d < Dv; ++d) {
        dp += f(g[d]) * f(v.values[at(j) * Dv + d]);
        r.dv.values[at(j) * Dv + d] += p[j] * f(g[d]);
      }
      const double ds = scale * p[j] * (dp - delta);
      for (std::int64_t d = 0; d < Dk; ++d) {
        r.dq.values[row * Dk + d] += ds * f(k.values[at(j) * Dk + d]);
        r.dk.values[at(j) * Dk + d] += ds * f(qi[d]);
      }
    }
  }
  return r;
}

/// The largest difference over the largest reference value; infinities must agree.
template <class T>
double difference(const Array<T>& a, const Array<double>& reference) {
  double most = 0, largest = 1e-30;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const double x = static_cast<double>(a.values[i]), y = reference.values[i];
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
