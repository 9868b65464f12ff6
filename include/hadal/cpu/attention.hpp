// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/key_ranges.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/workspace.hpp>
#include <hadal/cpu/small_product.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Keys are read in blocks of this many, counted from key 0. It alone decides how a query's sums are cut.
inline constexpr std::int64_t key_block = 128;

/// Rows that lie apart are asked for this many rows before they are needed.
inline constexpr std::int64_t rows_ahead = 4;

/// Vector (b, i, h) of a (B, L, H, D), whose last axis is dense.
template <class T>
const T* vector_of(const StridedView<const T>& x, std::int64_t b, std::int64_t i, std::int64_t h) {
  return x.data + b * x.strides[0] + i * x.strides[1] + h * x.strides[2];
}

/// The sizes of attention: groups of G query heads share one of Hk key heads. The queries of one (batch, key head) are
/// counted as rows: position by position, and the G heads of a position one after another.
struct AttentionSizes {
  std::int64_t B, L, S, H, Hk, G, Dk, Dv;

  AttentionSizes(const Shape& q, const Shape& k, const Shape& v)
      : B(q[0]), L(q[1]), S(k[1]), H(q[2]), Hk(k[2]), G(Hk ? H / Hk : 0), Dk(q[3]), Dv(v[3]) {}
  std::int64_t rows() const { return L * G; }
  /// The row of the dense y, lse (B, L, H, ..) that row r of batch b and key head h stands for.
  std::int64_t query(std::int64_t b, std::int64_t h, std::int64_t r) const {
    return (b * L + r / G) * H + h * G + r % G;
  }
  /// The same row of q.
  template <class T>
  const T* query(const StridedView<const T>& q, std::int64_t b, std::int64_t h, std::int64_t r) const {
    return vector_of(q, b, r / G, h * G + r % G);
  }
};

/// The keys that any of n rows sees.
inline KeyRange widest(const KeyRange* ranges, std::int64_t n) {
  KeyRange all{std::numeric_limits<std::int64_t>::max(), 0};
  for (std::int64_t i = 0; i < n; ++i) {
    if (ranges[i].first >= ranges[i].end) continue;
    all.first = std::min(all.first, ranges[i].first);
    all.end = std::max(all.end, ranges[i].end);
  }
  return all.end == 0 ? KeyRange{0, 0} : all;
}

/// The part of a range that lies in the key block at j, counted from j.
inline KeyRange within(KeyRange range, std::int64_t j) {
  const std::int64_t first = std::clamp<std::int64_t>(range.first - j, 0, key_block);
  return {first, std::clamp<std::int64_t>(range.end - j, first, key_block)};
}

/// The columns of a block of scores that are computed for the keys `seen`: from a whole panel to a whole packet.
template <class T>
KeyRange columns_of(KeyRange seen) {
  return {seen.first / SmallTile<T>::width * SmallTile<T>::width, padded<T>(seen.end)};
}

/// How many of the n rows, whose keys are `ranges`, can be computed together for the block at j: tiles of rows that see
/// the same part of it, which goes to `seen`.
template <class T>
std::int64_t rows_alike(const KeyRange* ranges, std::int64_t n, std::int64_t j, KeyRange& seen) {
  constexpr std::int64_t height = SmallTile<T>::height;
  const auto tile = [&](std::int64_t r) { return within(widest(ranges + r, std::min(height, n - r)), j); };
  seen = tile(0);
  std::int64_t rows = height;
  for (; rows < n; rows += height)
    if (const KeyRange next = tile(rows); next.first != seen.first || next.end != seen.end) break;
  return std::min(rows, n);
}

/// Scores are kept times log2(e), so that a softmax is powers of two.
inline constexpr double log2_e = 1.44269504088896340736, ln_2 = 0.69314718055994530942;

/// What a row has summed so far: `total` (lane by lane) and out are those of 2^(s - reference).
template <class T>
struct RowSums {
  T& reference;
  T* total;
  T* out;
};

/// One row's step of the online softmax over the scores s[columns], of which those in `seen` count. They become
/// 2^(s - reference), the others 0. The reference follows the largest score, but lazily: powers up to 2^8 do no harm,
/// and most blocks then leave the earlier sums alone.
template <class T>
HADAL_INLINE void softmax_step(T* s, KeyRange columns, KeyRange seen, const RowSums<T>& row, std::int64_t Do) {
  constexpr T none = -std::numeric_limits<T>::infinity(), slack = 8;
  constexpr int n = lanes<T>;
  if (seen.first >= seen.end) {
    std::fill(s + columns.first, s + columns.end, T(0));
    return;
  }
  Packet<T> top = set1(none);
  for (std::int64_t j = columns.first; j < columns.end; j += n) {
    Packet<T> score = load(s + j);
    if (j < seen.first || j + n > seen.end) {
      score = within_lanes<T>(score, seen.first - j, seen.end - j, none);
      store(s + j, score);
    }
    top = max(top, score);
  }
  if (const T most = largest(top); most > row.reference + slack) {
    const Packet<T> shrink = exp2_flushed<T>(set1(row.reference - most));
    row.reference = most;
    store(row.total, mul(load(row.total), shrink));
    for (std::int64_t d = 0; d < Do; d += n) store(row.out + d, mul(load(row.out + d), shrink));
  }
  const Packet<T> m = set1(row.reference);
  Packet<T> total = load(row.total);
  for (std::int64_t j = columns.first; j < columns.end; j += n) {
    const Packet<T> e = exp2_flushed<T>(sub(load(s + j), m));
    store(s + j, e);
    total = add(total, e);
  }
  store(row.total, total);
}

/// The keys and values of one block, as rows of S. `near` ones lie in scratch.
template <class S>
struct KeyBlock {
  const S* k;
  std::int64_t k_stride;
  const S* v;
  std::int64_t v_stride;
  bool near = false;
};

/// Keys and values that are read where they lie: (B, S, Hk, ..).
template <class T>
struct DenseKeys {
  using Element = T;
  StridedView<const T> k, v;

  const DenseKeys& reader() const { return *this; }
  KeyBlock<T> operator()(std::int64_t b, std::int64_t h, std::int64_t j, std::int64_t) const {
    return {vector_of(k, b, j, h), k.strides[1], vector_of(v, b, j, h), v.strides[1]};
  }
};

/// Rows r0 .. r0+n-1 of batch b and key head h. `source` gives a reader, called with (b, h, first key, their number).
template <class T, class Source>
void attention_rows(const AttentionSizes& z, std::int64_t b, std::int64_t h, std::int64_t r0, std::int64_t n, View<T> y,
                    View<Accumulator<T>> lse, StridedView<const T> q, const Source& source, double scale,
                    const KeyRanges& ranges) {
  using A = Accumulator<T>;
  using S = typename Source::Element;
  constexpr std::int64_t height = SmallTile<A>::height, width = SmallTile<A>::width, row_group = 4 * height;
  const std::int64_t Dq = padded<A>(z.Dk), Do = padded<A>(z.Dv);
  Scratch<A> queries(n * Dq), out(n * Do), reference(n), total(n * lanes<A>);
  Scratch<KeyRange> seen(n);
  for (std::int64_t r = 0; r < n; ++r) {
    prefetch_row(z.query(q, b, h, r0 + std::min(r + rows_ahead, n - 1)), z.Dk);
    widen_rows(queries + r * Dq, z.query(q, b, h, r0 + r), 0, 1, z.Dk, static_cast<A>(scale * log2_e));
    seen[r] = ranges(b, (r0 + r) / z.G, z.S);
    reference[r] = -std::numeric_limits<A>::infinity();
  }
  std::fill(out.data(), out + n * Do, A(0));
  std::fill(total.data(), total + n * lanes<A>, A(0));

  const auto& read_block = source.reader();
  Scratch<A> keys(key_block * z.Dk), values(key_block * Do), scores(row_group * key_block);
  const KeyRange all = widest(seen, n);
  for (std::int64_t j = all.first / key_block * key_block; j < all.end; j += key_block) {
    const std::int64_t count = std::min(key_block, all.end - j);
    const KeyBlock<S> block = read_block(b, h, j, count);
    transpose_rows(keys.data(), block.k, block.k_stride, count, z.Dk);
    // Few rows read the values where they are, when these can be read in whole packets.
    SmallB<A> b_values{values, width, Do};
    if constexpr (std::is_same_v<S, A>)
      if ((n <= 2 * height || block.near) && z.Dv == Do) b_values = {block.v, width, block.v_stride};
    if (b_values.data == values) widen_rows(values.data(), block.v, block.v_stride, count, z.Dv, A(1));
    for (std::int64_t r = 0, rows; r < n; r += rows) {
      KeyRange any;
      rows = rows_alike<A>(seen + r, std::min(row_group, n - r), j, any);
      if (any.first >= any.end) continue;
      const KeyRange columns = columns_of<A>(any);
      small_product<false, false>(rows, columns.end - columns.first, z.Dk, queries + r * Dq, Dq,
                                  SmallB<A>{keys + columns.first * z.Dk, z.Dk * width, width}, scores + columns.first,
                                  key_block);
      for (std::int64_t i = r; i < r + rows; ++i)
        softmax_step<A>(scores + (i - r) * key_block, columns, within(seen[i], j),
                        {reference[i], total + i * lanes<A>, out + i * Do}, Do);
      small_product<false, true>(rows, Do, any.end - any.first, scores + any.first, key_block,
                                 SmallB<A>{b_values.data + any.first * b_values.step, width, b_values.step},
                                 out + r * Do, Do);
    }
  }

  for (std::int64_t r = 0; r < n; ++r) {
    const std::int64_t to = z.query(b, h, r0 + r);
    prefetch_row(y.row(z.query(b, h, r0 + std::min(r + rows_ahead, n - 1))), z.Dv);
    const bool blind = seen[r].first >= seen[r].end;
    const A sum = cpu::sum(load(total + r * lanes<A>)), share = blind ? A(0) : A(1) / sum;
    sweep<T>(z.Dv, [&](std::int64_t d, auto part) {
      write(y.row(to) + d, part, mul(load(out + r * Do + d), set1(share)));
    });
    lse.data[to] = blind ? reference[r] : reference[r] * static_cast<A>(ln_2) + std::log(sum);
  }
}

/// All rows, in pieces. Long pieces share the packing of keys, as long as their queries and outputs take no more than a
/// megabyte; short ones feed the threads. The last see most keys, so they go first.
template <class T, class Source>
void attention_pieces(const AttentionSizes& z, View<T> y, View<Accumulator<T>> lse, StridedView<const T> q,
                      const Source& source, double scale, const KeyRanges& ranges) {
  using A = Accumulator<T>;
  constexpr std::int64_t height = SmallTile<A>::height, megabyte = (1 << 20) / sizeof(A);
  const std::int64_t heads = z.B * z.Hk, threads = executor().threads();
  const auto rows_each = [&](std::int64_t tasks) { return (heads * z.rows() + tasks - 1) / tasks; };
  const std::int64_t even =
      threads == 1 ? z.rows() : std::max(rows_each(4 * threads), std::min(4 * height, rows_each(threads)));
  const std::int64_t most = std::clamp<std::int64_t>(even, 1, std::max<std::int64_t>(megabyte / (z.Dk + z.Dv), 256));
  const std::int64_t cuts = std::max<std::int64_t>((z.rows() + most - 1) / most, 1);
  const std::int64_t piece = ((z.rows() + cuts - 1) / cuts + height - 1) / height * height;
  const std::int64_t pieces = (z.rows() + piece - 1) / piece;
  parallel_tasks(heads * pieces, [&](std::int64_t task) {
    const std::int64_t head = task % heads, r = (pieces - 1 - task / heads) * piece;
    attention_rows<T>(z, head / z.Hk, head % z.Hk, r, std::min(piece, z.rows() - r), y, lse, q, source, scale, ranges);
  });
}

}  // namespace detail

/// y = softmax(scale q k^T over the keys that `ranges` lets a query see) v, and lse, the logarithm of the softmax's
/// denominator. q: (B, L, H, Dk)  k: (B, S, Hk, Dk)  v: (B, S, Hk, Dv)  ->  y: (B, L, H, Dv)  lse: (B, L, H)
/// Of q, k and v only the last axis must be dense: slices of a projection or of a cache are read in place. H must be a
/// multiple of Hk: query head h reads key head h / (H / Hk). A query that sees no key gets y = 0 and lse = -inf. A
/// query's result depends on its keys alone, to the last bit.
/// Source: Milakov & Gimelshein 2018 (online softmax); Dao et al. 2022 (blocks, recomputation from lse).
template <class T>
void attention_forward(Device, View<T> y, View<Accumulator<T>> lse, StridedView<const T> q, StridedView<const T> k,
                       StridedView<const T> v, double scale, const KeyRanges& ranges) {
  detail::attention_pieces<T>({q.shape, k.shape, v.shape}, y, lse, q, detail::DenseKeys<T>{k, v}, scale, ranges);
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
