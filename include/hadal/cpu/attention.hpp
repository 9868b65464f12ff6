// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/key_ranges.hpp>
#include <hadal/core/parallel.hpp>
#include <hadal/core/workspace.hpp>
#include <hadal/cpu/row.hpp>
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

/// One row's step of the online softmax over the scores s[columns], of which those in `seen` count. They become
/// exp(s - maximum), the others 0; returns what earlier sums must be multiplied by.
template <class T>
T softmax_step(T* s, KeyRange columns, KeyRange seen, T& maximum, T& total) {
  constexpr T none = -std::numeric_limits<T>::infinity();
  constexpr int n = lanes<T>;
  if (seen.first >= seen.end) {
    std::fill(s + columns.first, s + columns.end, T(0));
    return T(1);
  }
  std::fill(s + columns.first, s + seen.first, none);
  std::fill(s + seen.end, s + columns.end, none);
  Packet<T> top = load(s + columns.first);
  for (std::int64_t j = columns.first + n; j < columns.end; j += n) top = max(top, load(s + j));
  const T before = maximum;
  maximum = std::max(before, static_cast<T>(largest(top)));
  const Packet<T> m = set1(maximum);
  Packet<T> partial = zero<T>();
  for (std::int64_t j = columns.first; j < columns.end; j += n) {
    const Packet<T> e = exp_flushed<T>(sub(load(s + j), m));
    store(s + j, e);
    partial = add(partial, e);
  }
  const T shrink = before == maximum ? T(1) : std::exp(before - maximum);
  total = total * shrink + static_cast<T>(sum(partial));
  return shrink;
}

template <class T>
void scale_row(T* row, std::int64_t n, T factor) {
  const Packet<T> f = set1(factor);
  for (std::int64_t d = 0; d < n; d += lanes<T>) store(row + d, mul(load(row + d), f));
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
  constexpr std::int64_t height = SmallTile<A>::height, width = SmallTile<A>::width;
  const std::int64_t Dq = padded<A>(z.Dk), Do = padded<A>(z.Dv);
  Scratch<A> queries(n * Dq), out(n * Do), maximum(n), total(n);
  Scratch<KeyRange> seen(n);
  for (std::int64_t r = 0; r < n; ++r) {
    widen_rows(queries + r * Dq, z.query(q, b, h, r0 + r), 0, 1, z.Dk, static_cast<A>(scale));
    seen[r] = ranges(b, (r0 + r) / z.G, z.S);
    maximum[r] = -std::numeric_limits<A>::infinity();
    total[r] = 0;
  }
  std::fill(out.data(), out + n * Do, A(0));

  const auto& read_block = source.reader();
  Scratch<A> keys(key_block * z.Dk), values(key_block * Do), scores(height * key_block);
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
    for (std::int64_t r = 0; r < n; r += height) {
      const std::int64_t rows = std::min(height, n - r);
      const KeyRange any = within(widest(seen + r, rows), j);
      if (any.first >= any.end) continue;
      const KeyRange columns = columns_of<A>(any);
      small_product<false, false>(rows, columns.end - columns.first, z.Dk, queries + r * Dq, Dq,
                                  SmallB<A>{keys + columns.first * z.Dk, z.Dk * width, width}, scores + columns.first,
                                  key_block);
      for (std::int64_t i = 0; i < rows; ++i) {
        const A shrink = softmax_step<A>(scores + i * key_block, columns, within(seen[r + i], j), maximum[r + i],
                                         total[r + i]);
        if (shrink != A(1)) scale_row<A>(out + (r + i) * Do, Do, shrink);
      }
      small_product<false, true>(rows, Do, any.end - any.first, scores + any.first, key_block,
                                 SmallB<A>{b_values.data + any.first * b_values.step, width, b_values.step},
                                 out + r * Do, Do);
    }
  }

  for (std::int64_t r = 0; r < n; ++r) {
    const std::int64_t to = z.query(b, h, r0 + r);
    const bool blind = seen[r].first >= seen[r].end;
    const A share = blind ? A(0) : A(1) / total[r];
    sweep<T>(z.Dv, [&](std::int64_t d, auto part) {
      write(y.row(to) + d, part, mul(load(out + r * Do + d), set1(share)));
    });
    lse.data[to] = blind ? maximum[r] : maximum[r] + std::log(total[r]);
  }
}

/// All rows, in pieces. Long pieces share the packing of keys, short ones feed the threads. The last see most keys, so
/// they go first.
template <class T, class Source>
void attention_pieces(const AttentionSizes& z, View<T> y, View<Accumulator<T>> lse, StridedView<const T> q,
                      const Source& source, double scale, const KeyRanges& ranges) {
  constexpr std::int64_t height = SmallTile<Accumulator<T>>::height;
  const std::int64_t heads = z.B * z.Hk, threads = executor().threads();
  const auto rows_each = [&](std::int64_t tasks) { return (heads * z.rows() + tasks - 1) / tasks; };
  const std::int64_t even =
      threads == 1 ? z.rows() : std::max(rows_each(4 * threads), std::min(4 * height, rows_each(threads)));
  const std::int64_t piece = (std::clamp<std::int64_t>(even, 1, 256) + height - 1) / height * height;
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
