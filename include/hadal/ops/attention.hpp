// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/key_ranges.hpp>
#include <hadal/core/trace.hpp>
#include <hadal/cpu/attention_backward.hpp>
#include <hadal/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

namespace hadal {

/// Which keys a query sees, and how sharply. Query (b, i) sees keys first[b, i] <= j < end[b, i]. Without the tables:
/// first is 0; end is i + offset + 1 if causal, so that the last query sees all keys when offset is S - L; else S.
/// Tables make packed sequences, ragged batches and sliding windows; their entries are cut to 0 .. S.
template <class D>
struct AttentionOptions {
  double scale = 0;  ///< of the scores; 0: 1 / sqrt(Dk)
  bool causal = true;
  std::optional<std::int64_t> offset = {};  ///< position of query 0 among the keys; S - L if not given
  Tensor<std::int32_t, D> first = {};       ///< (B, L), or undefined
  Tensor<std::int32_t, D> end = {};         ///< (B, L), or undefined
};

namespace detail {

template <class D>
KeyRanges key_ranges(bool causal, std::int64_t offset, const Tensor<std::int32_t, D>& first,
                     const Tensor<std::int32_t, D>& end) {
  KeyRanges ranges{causal, offset, {}, {}};
  if (first.defined()) ranges.first = first.view();
  if (end.defined()) ranges.end = end.view();
  return ranges;
}

/// Pairs of a query and a key it sees, for one head; tables, which may lie on a device, are not looked into.
inline double attention_pairs(std::int64_t L, std::int64_t S, bool causal, std::int64_t offset) {
  if (!causal) return static_cast<double>(L) * static_cast<double>(S);
  const std::int64_t begin = std::clamp<std::int64_t>(-offset, 0, L), full = std::clamp(S - offset, begin, L);
  return static_cast<double>(full - begin) * static_cast<double>(begin + full + 2 * offset + 1) / 2 +
         static_cast<double>(L - full) * static_cast<double>(S);
}

template <class T, class D>
Tensor<T, D> dense_last_axis(const Tensor<T, D>& x) {
  return x.shape(-1) == 1 || x.strides()[-1] == 1 ? x : x.contiguous();
}

template <class T, class D>
void check_attention(const Tensor<T, D>& q, const Tensor<T, D>& k, const Tensor<T, D>& v,
                     const AttentionOptions<D>& options) {
  HADAL_CHECK(q.rank() == 4 && q.shape(2) > 0 && q.shape(3) > 0, ShapeError,
              "attention: q must be (B, L, H, Dk) with H and Dk at least 1, got ", q.shape());
  HADAL_CHECK(k.rank() == 4 && k.shape(0) == q.shape(0) && k.shape(3) == q.shape(3), ShapeError,
              "attention: k must be (B, S, Hk, Dk) with B and Dk of q ", q.shape(), ", got ", k.shape());
  HADAL_CHECK(k.shape(2) > 0 && q.shape(2) % k.shape(2) == 0, ShapeError,
              "attention: the heads of q ", q.shape(), " must be a multiple of those of k ", k.shape());
  HADAL_CHECK(v.rank() == 4 && v.shape().first(3) == k.shape().first(3) && v.shape(3) > 0, ShapeError,
              "attention: v must be (B, S, Hk, Dv) with B, S and Hk of k ", k.shape(), ", got ", v.shape());
  for (const auto* table : {&options.first, &options.end})
    HADAL_CHECK(!table->defined() || table->shape() == q.shape().first(2), ShapeError, "attention: ",
                table == &options.first ? "first" : "end", " must be (B, L) of q ", q.shape(), ", got ",
                table->shape());
  HADAL_CHECK(std::isfinite(options.scale), ValueError, "attention: the scale must be finite, got ", options.scale);
  HADAL_CHECK(k.shape(1) <= std::numeric_limits<std::int32_t>::max(), ShapeError,
              "attention: key positions must fit 32 bits, got k ", k.shape());
}

}  // namespace detail

/// y_i = sum_j p_ij v_j,  p_i = softmax over the keys j that query i sees of scale q_i . k_j
///   q: (B, L, H, Dk)  k: (B, S, Hk, Dk)  v: (B, S, Hk, Dv)  ->  (B, L, H, Dv)
/// Query head h reads key head h / (H / Hk); H must be a multiple of Hk. A query that sees no key gives zero. Views of
/// one projection or of a cache are read in place: only the last axis must be dense, or it is copied. A query's result
/// depends on its keys alone: decoding step by step equals the whole sequence bit for bit.
/// Saves y and the softmax's logarithmic denominators (B, L, H), never an (L, S) matrix.
/// Cost 2 (Dk + Dv) flops a pair forward, 6 Dk + 4 Dv backward.
/// Source: Milakov & Gimelshein 2018 (online softmax); Dao et al. 2022 (blocks, recomputation).
template <class T, class D>
Tensor<T, D> attention(const Tensor<T, D>& q_in, const Tensor<T, D>& k_in, const Tensor<T, D>& v_in,
                       const AttentionOptions<D>& options = {}) {
  detail::check_attention(q_in, k_in, v_in, options);
  const auto q = detail::dense_last_axis(q_in), k = detail::dense_last_axis(k_in), v = detail::dense_last_axis(v_in);
  const auto first = options.first.defined() ? options.first.dense_rows() : options.first;
  const auto end = options.end.defined() ? options.end.dense_rows() : options.end;
  const std::int64_t L = q.shape(1), H = q.shape(2), Dk = q.shape(3), S = k.shape(1), Dv = v.shape(3);
  const bool causal = options.causal;
  const std::int64_t offset = options.offset.value_or(S - L);
  const double scale = options.scale != 0 ? options.scale : 1.0 / std::sqrt(static_cast<double>(Dk));
  const double pairs = static_cast<double>(q.shape(0) * H) * detail::attention_pairs(L, S, causal, offset);

  auto y = Tensor<T, D>::empty(q.shape().with_last(Dv));
  auto lse = Tensor<Accumulator<T>, D>::empty(q.shape().first(3));
  {
    trace::Scope scope("attention", 2 * pairs * static_cast<double>(Dk + Dv),
                       static_cast<double>(q.bytes() + k.bytes() + v.bytes() + y.bytes()));
    attention_forward(D{}, y.out(), lse.out(), q.strided_view(), k.strided_view(), v.strided_view(), scale,
                      detail::key_ranges(causal, offset, first, end));
  }
  record("attention", y, inputs(q, k, v),
         saved(keep("q", q), keep("k", k), keep("v", v), keep("y", y), keep("lse", lse), keep("first", first),
               keep("end", end)),
         [causal, offset, scale, pairs](const auto& dy, auto& dq, auto& dk, auto& dv, const auto& q, const auto& k,
                                        const auto& v, const auto& y, const auto& lse, const auto& first,
                                        const auto& end) {
           trace::Scope scope("attention backward", pairs * static_cast<double>(6 * q.shape(3) + 4 * v.shape(3)),
                              2.0 * static_cast<double>(q.bytes() + k.bytes() + v.bytes() + y.bytes()));
           attention_backward(D{}, dq.view(), dk.view(), dv.view(), dy.view(), y.view(), lse.view(), q.strided_view(),
                              k.strided_view(), v.strided_view(), scale,
                              detail::key_ranges(causal, offset, first, end));
         });
  return y;
}

/// The formula, query by query, for tests.
template <class T, class D>
std::vector<double> attention_reference(const Tensor<T, D>& q, const Tensor<T, D>& k, const Tensor<T, D>& v,
                                        const AttentionOptions<D>& options = {}) {
  const std::int64_t B = q.shape(0), L = q.shape(1), H = q.shape(2), S = k.shape(1), Dv = v.shape(3);
  const double scale = options.scale != 0 ? options.scale : 1 / std::sqrt(static_cast<double>(q.shape(3)));
  const KeyRanges ranges =
      detail::key_ranges(options.causal, options.offset.value_or(S - L), options.first, options.end);
  std::vector<double> y, p(static_cast<std::size_t>(S));
  for (std::int64_t row = 0; row < B * L * H; ++row) {
    const std::int64_t b = row / (L * H), i = row / H % L, h = row % H, hk = h * k.shape(2) / H;
    const KeyRange seen = ranges(b, i, S);
    double total = 0;
    for (std::int64_t j = seen.first; j < seen.end; ++j) {
      double score = 0;
      for (std::int64_t d = 0; d < q.shape(3); ++d)
        score += static_cast<double>(q.at({b, i, h, d})) * static_cast<double>(k.at({b, j, hk, d}));
      total += p[static_cast<std::size_t>(j)] = std::exp(scale * score);
    }
    for (std::int64_t d = 0; d < Dv; ++d) {
      double sum = 0;
      for (std::int64_t j = seen.first; j < seen.end; ++j)
        sum += p[static_cast<std::size_t>(j)] / total * static_cast<double>(v.at({b, j, hk, d}));
      y.push_back(sum);
    }
  }
  return y;
}

}  // namespace hadal
