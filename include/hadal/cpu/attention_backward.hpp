// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/attention.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// A span of rows or keys.
struct Span {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
};

/// The gradients of attention, recomputed block by block. Sums over keys go key block by key block and sums over rows
/// row by row, so that it does not matter whether all three gradients are made together or apart, or how they are cut.
template <class T, class GQ, class GK, class GV>
struct AttentionBackward {
  using A = Accumulator<T>;
  static constexpr std::int64_t height = SmallTile<A>::height, width = SmallTile<A>::width;
  static constexpr std::int64_t row_block = 8 * height;
  /// Of p and ds; a power of two would put a column's numbers into few sets of the cache.
  static constexpr std::int64_t stride = key_block + 64 / sizeof(A);

  AttentionSizes z;
  GradView<GQ> dq;
  GradView<GK> dk;
  GradView<GV> dv;
  View<const T> dy, y;
  View<const A> lse;
  StridedView<const T> q, k, v;
  double scale;
  KeyRanges ranges;

  /// What the rows of a task bring along: queries and lse as powers of two want them, dy, rowsum(dy y), the keys seen;
  /// and their dq.
  struct Rows {
    A *queries, *dout, *delta, *log_total, *dqueries;
    KeyRange* seen;
  };
  /// A block of keys as the products read it, and its dk and dv.
  struct Keys {
    A *keys, *keys_transposed, *values_transposed, *dkeys, *dvalues;
  };

  /// dq of `rows` and dk, dv of `keys` (a whole number of blocks), of batch b and key head h.
  void run(std::int64_t b, std::int64_t h, Span rows, Span keys, bool with_q, bool with_kv) const {
    const std::int64_t n = rows.size(), Dq = padded<A>(z.Dk), Do = padded<A>(z.Dv);
    const std::int64_t nq = with_q ? n : 0, kb = with_q ? key_block : 0, kv = with_kv ? key_block : 0;
    Scratch<A> queries(n * Dq), dout(n * Do), delta(n), log_total(n), dqueries(nq * Dq);
    Scratch<KeyRange> seen(n);
    const Rows r{queries, dout, delta, log_total, dqueries, seen};
    bring(b, h, rows, r);
    std::fill(r.dqueries, r.dqueries + nq * Dq, A(0));

    Scratch<A> row_keys(kb * Dq), keys_t(key_block * z.Dk), values_t(key_block * z.Dv), dkeys(kv * Dq),
        dvalues(kv * Do), p(row_block * stride), ds(row_block * stride);
    const Keys block{row_keys, keys_t, values_t, dkeys, dvalues};
    const KeyRange all = widest(seen, n);
    for (std::int64_t j = keys.begin; j < keys.end; j += key_block) {
      const std::int64_t count = std::min(key_block, keys.end - j);
      if (with_kv) std::fill(block.dkeys, block.dkeys + tiles(count) * Dq, A(0));
      if (with_kv) std::fill(block.dvalues, block.dvalues + tiles(count) * Do, A(0));
      if (all.first < j + count && j < all.end) {
        if (with_q) {
          widen_rows(block.keys, vector_of(k, b, j, h), k.strides[1], count, z.Dk, A(1));
          transpose_rows(block.keys_transposed, block.keys, Dq, count, z.Dk);
        } else {
          transpose_rows(block.keys_transposed, vector_of(k, b, j, h), k.strides[1], count, z.Dk);
        }
        transpose_rows(block.values_transposed, vector_of(v, b, j, h), v.strides[1], count, z.Dv);
        for (std::int64_t i = 0; i < n; i += row_block)
          block_step(r, i, std::min(row_block, n - i), block, j, p, ds, with_q, with_kv);
      }
      if (!with_kv) continue;
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t to = (b * z.S + j + i) * z.Hk + h;
        if (dk) put(dk, to, block.dkeys + i * Dq, z.Dk, static_cast<A>(ln_2));
        if (dv) put(dv, to, block.dvalues + i * Do, z.Dv, A(1));
      }
    }
    for (std::int64_t i = 0; i < nq; ++i)
      put(dq, z.query(b, h, rows.begin + i), r.dqueries + i * Dq, z.Dk, static_cast<A>(scale));
  }

 private:
  /// n keys of a block, rounded up to the tiles that are computed.
  static std::int64_t tiles(std::int64_t n) { return std::min((n + height - 1) / height * height, key_block); }

  void bring(std::int64_t b, std::int64_t h, Span rows, const Rows& r) const {
    const std::int64_t Dq = padded<A>(z.Dk), Do = padded<A>(z.Dv);
    for (std::int64_t i = 0; i < rows.size(); ++i) {
      const std::int64_t from = z.query(b, h, rows.begin + i);
      const std::int64_t ahead = std::min(rows.begin + i + rows_ahead, rows.end - 1), next = z.query(b, h, ahead);
      prefetch_row(z.query(q, b, h, ahead), z.Dk);
      prefetch_row(dy.row(next), z.Dv);
      prefetch_row(y.row(next), z.Dv);
      widen_rows(r.queries + i * Dq, z.query(q, b, h, rows.begin + i), 0, 1, z.Dk, static_cast<A>(scale * log2_e));
      widen_rows(r.dout + i * Do, dy.row(from), 0, 1, z.Dv, A(1));
      Packet<A> dot = zero<A>();
      sweep<T>(z.Dv, [&](std::int64_t d, auto part) {
        dot = fma(load(r.dout + i * Do + d), read(y.row(from) + d, part), dot);
      });
      r.delta[i] = sum(dot);
      r.log_total[i] = lse.data[from] * static_cast<A>(log2_e);
      r.seen[i] = ranges(b, (rows.begin + i) / z.G, z.S);
    }
  }

  /// Adds what the rows i .. i+n-1 and the keys of the block at j have to do with each other.
  void block_step(const Rows& r, std::int64_t i, std::int64_t n, const Keys& block, std::int64_t j, A* p, A* ds,
                  bool with_q, bool with_kv) const {
    const std::int64_t Dq = padded<A>(z.Dk), Do = padded<A>(z.Dv);
    KeyRange seen[row_block / height] = {};
    const std::int64_t panels = (n + height - 1) / height;
    for (std::int64_t m = 0, rows; m < n; m += rows) {
      rows = rows_alike<A>(r.seen + i + m, n - m, j, seen[m / height]);
      for (std::int64_t more = height; more < rows; more += height) seen[(m + more) / height] = seen[m / height];
    }
    const KeyRange all = widest(seen, panels), cut{all.first / height * height, tiles(all.end)};
    if (all.first >= all.end) return;

    for (std::int64_t m = 0, rows; m < n; m += rows) {
      KeyRange any;
      rows = rows_alike<A>(r.seen + i + m, n - m, j, any);
      const KeyRange columns = columns_of<A>(any);
      const std::int64_t c = columns.first, wide = any.first < any.end ? columns.end - c : 0;
      A *pm = p + m * stride, *dm = ds + m * stride;
      small_product<false, false>(rows, wide, z.Dk, r.queries + (i + m) * Dq, Dq,
                                  SmallB<A>{block.keys_transposed + c * z.Dk, z.Dk * width, width}, pm + c, stride);
      small_product<false, false>(rows, wide, z.Dv, r.dout + (i + m) * Do, Do,
                                  SmallB<A>{block.values_transposed + c * z.Dv, z.Dv * width, width}, dm + c, stride);
      for (std::int64_t a = 0; a < rows; ++a)
        differentiate(pm + a * stride, dm + a * stride, {c, c + wide}, within(r.seen[i + m + a], j), cut,
                      r.log_total[i + m + a], r.delta[i + m + a]);
      if (with_q && wide > 0)
        small_product<false, true>(rows, Dq, any.end - any.first, dm + any.first, stride,
                                   SmallB<A>{block.keys + any.first * Dq, width, Dq}, r.dqueries + (i + m) * Dq, Dq);
    }
    if (!with_kv) return;
    for (std::int64_t t = cut.first; t < cut.end; t += height) {
      const std::int64_t keys = std::min(height, cut.end - t);
      const auto meets = [&](std::int64_t panel) { return seen[panel].first < t + keys && t < seen[panel].end; };
      std::int64_t begin = 0, end = panels;
      while (begin < end && !meets(begin)) ++begin;
      while (begin < end && !meets(end - 1)) --end;
      const std::int64_t first = begin * height, depth = std::min(end * height, n) - first, at = first * stride + t;
      if (begin == end) continue;
      if (dv) small_product<true, true>(keys, Do, depth, p + at, stride,
                                        SmallB<A>{r.dout + (i + first) * Do, width, Do}, block.dvalues + t * Do, Do);
      if (dk) small_product<true, true>(keys, Dq, depth, ds + at, stride,
                                        SmallB<A>{r.queries + (i + first) * Dq, width, Dq}, block.dkeys + t * Dq, Dq);
    }
  }

  /// One row of a block: scores become p = 2^(score - lse), dp becomes p (dp - delta); 0 for keys that are not seen, as
  /// far as the row block sees any.
  static void differentiate(A* p, A* ds, KeyRange columns, KeyRange seen, KeyRange block, A log_total, A delta) {
    if (seen.first >= seen.end) columns = {block.first, block.first};
    const Packet<A> l = set1(log_total), d = set1(delta);
    for (std::int64_t c = columns.first; c < columns.end; c += lanes<A>) {
      Packet<A> e = exp2_flushed<A>(sub(load(p + c), l)), g = mul(e, sub(load(ds + c), d));
      if (c < seen.first || c + lanes<A> > seen.end) {
        e = within_lanes<A>(e, seen.first - c, seen.end - c, 0);
        g = within_lanes<A>(g, seen.first - c, seen.end - c, 0);
      }
      store(p + c, e);
      store(ds + c, g);
    }
    for (A* x : {p, ds}) {
      if (block.first < columns.first) std::fill(x + block.first, x + columns.first, A(0));
      if (columns.end < block.end) std::fill(x + columns.end, x + block.end, A(0));
    }
  }

  template <class G>
  static void put(const GradView<G>& to, std::int64_t row, const A* from, std::int64_t n, A factor) {
    sweep<G>(n, [&](std::int64_t d, auto part) {
      write(to.view.row(row) + d, part, mul(load(from + d), set1(factor)), to.add);
    });
  }
};

}  // namespace detail

/// Gradients of attention_forward from dy, y and lse. With p = exp(scale q k^T - lse), delta = rowsum(dy y):
///   dv = p^T dy,  ds = p (dy v^T - delta),  dq = scale ds k,  dk = scale ds^T q
/// Shapes as in attention_forward. The gradients must not share memory.
template <class T, class GQ, class GK, class GV>
void attention_backward(Device, GradView<GQ> dq, GradView<GK> dk, GradView<GV> dv, View<const T> dy, View<const T> y,
                        View<const Accumulator<T>> lse, StridedView<const T> q, StridedView<const T> k,
                        StridedView<const T> v, double scale, const KeyRanges& ranges) {
  using detail::Span;
  const detail::AttentionSizes z(q.shape, k.shape, v.shape);
  const bool with_q = bool(dq), with_kv = dk || dv;
  const detail::AttentionBackward<T, GQ, GK, GV> grad{z, dq, dk, dv, dy, y, lse, q, k, v, scale, ranges};

  // One task a head makes the five products once. Where heads would leave threads idle, keys and queries are cut
  // further, and each side makes the two products that both need.
  const std::int64_t heads = z.B * z.Hk, threads = executor().threads(), rounds = (heads + threads - 1) / threads;
  if (with_q && with_kv && 5 * rounds * threads <= 7 * heads)
    return parallel_tasks(heads, [&](std::int64_t head) {
      grad.run(head / z.Hk, head % z.Hk, {0, z.rows()}, {0, z.S}, true, true);
    });
  if (with_kv) {
    const std::int64_t cuts = (z.S + detail::key_block - 1) / detail::key_block;
    parallel_tasks(heads * cuts, [&](std::int64_t task) {
      const std::int64_t head = task % heads, j = task / heads * detail::key_block;
      grad.run(head / z.Hk, head % z.Hk, {0, z.rows()}, {j, std::min(z.S, j + detail::key_block)}, false, true);
    });
  }
  if (with_q) {
    constexpr std::int64_t piece = 2 * decltype(grad)::row_block;
    const std::int64_t cuts = (z.rows() + piece - 1) / piece;
    parallel_tasks(heads * cuts, [&](std::int64_t task) {
      const std::int64_t head = task % heads, r = (cuts - 1 - task / heads) * piece;
      grad.run(head / z.Hk, head % z.Hk, {r, std::min(z.rows(), r + piece)}, {0, z.S}, true, false);
    });
  }
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
