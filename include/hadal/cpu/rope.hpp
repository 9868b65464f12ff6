// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/ids.hpp>
#include <hadal/cpu/row.hpp>

#include <utility>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// Two packets of pairs a0 b0 a1 b1 ... to a packet of a's and one of b's, and back.
template <class A>
struct Pairs {
  static constexpr int width = lanes<A>;
  using V = Vector<A, width>;
  using Lane = std::make_integer_sequence<int, width>;

  HADAL_INLINE static void split(Packet<A>& p, Packet<A>& q) {
    if constexpr (width > 1) split(p, q, Lane{});
  }
  HADAL_INLINE static void join(Packet<A>& p, Packet<A>& q) {
    if constexpr (width > 1) join(p, q, Lane{});
  }
  /// Which lanes of the first and of the second packet `part` pairs fill.
  static Whole low(Whole) { return {}; }
  static Whole high(Whole) { return {}; }
  static Part low(Part part) { return {std::min<std::int64_t>(2 * part.n, width)}; }
  static Part high(Part part) { return {std::max<std::int64_t>(2 * part.n - width, 0)}; }

 private:
  template <int... i>
  HADAL_INLINE static void split(Packet<A>& p, Packet<A>& q, std::integer_sequence<int, i...>) {
    const V v = bits_as<V>(p), w = bits_as<V>(q);
    p = bits_as<Packet<A>>(__builtin_shufflevector(v, w, 2 * i...));
    q = bits_as<Packet<A>>(__builtin_shufflevector(v, w, 2 * i + 1 ...));
  }
  template <int... i>
  HADAL_INLINE static void join(Packet<A>& p, Packet<A>& q, std::integer_sequence<int, i...>) {
    const V v = bits_as<V>(p), w = bits_as<V>(q);
    p = bits_as<Packet<A>>(__builtin_shufflevector(v, w, i / 2 + i % 2 * width...));
    q = bits_as<Packet<A>>(__builtin_shufflevector(v, w, (width + i) / 2 + i % 2 * width...));
  }
};

/// Rotates the n pairs of one row by the angles whose cosines and sines are given; `direction` -1 rotates back.
template <bool interleaved, class G, class T, class A>
HADAL_INLINE void rotate_row(G* y, const Writing& to, const T* x, const A* cosine, const A* sine, std::int64_t n,
                             A direction) {
  const Packet<A> sign = set1<A>(direction);
  sweep<T>(n, [&](std::int64_t i, auto part) {
    const Packet<A> c = read(cosine + i, part), s = mul(sign, read(sine + i, part));
    if constexpr (!interleaved) {
      const Packet<A> a = read(x + i, part), b = read(x + n + i, part);
      write(y + i, part, sub(mul(a, c), mul(b, s)), to);
      write(y + n + i, part, fma(b, c, mul(a, s)), to);
    } else {
      const auto low = Pairs<A>::low(part), high = Pairs<A>::high(part);
      Packet<A> a = read(x + 2 * i, low), b = read(x + 2 * i + lanes<A>, high);
      Pairs<A>::split(a, b);
      Packet<A> ya = sub(mul(a, c), mul(b, s)), yb = fma(b, c, mul(a, s));
      Pairs<A>::join(ya, yb);
      write(y + 2 * i, low, ya, to);
      write(y + 2 * i + lanes<A>, high, yb, to);
    }
  });
}

template <class T, class G>
void rotate(GradView<G> y, View<const T> x, View<const Accumulator<T>> cosine, View<const Accumulator<T>> sine,
            View<const std::int32_t> positions, std::int64_t offset, bool interleaved, Accumulator<T> direction) {
  const std::int64_t heads = x.shape[-2], length = x.shape[-3];
  const std::int64_t pairs = cosine.columns(), rest = x.columns() - 2 * pairs;
  const Writing to(y);
  for_each_row(x.rows(), x.columns(), [&](std::int64_t r) {
    const std::int64_t token = r / heads;
    const std::int64_t position = positions.data ? positions.data[token] : offset + token % length;
    const auto *c = cosine.row(position), *s = sine.row(position);
    const T* from = x.row(r);
    G* out = y.view.row(r);
    sweep<T>(rest, [&](std::int64_t i, auto part) { write(out + i, part, read(from + i, part), to); });
    if (interleaved) rotate_row<true>(out + rest, to, from + rest, c, s, pairs, direction);
    else rotate_row<false>(out + rest, to, from + rest, c, s, pairs, direction);
  });
}

}  // namespace detail

/// Rotates pair i of every row by the angle of its position: (a, b) -> (a cos - b sin, b cos + a sin).
/// x, y: (B, L, H, Dr)  cosine, sine: (P, Dr/2)  positions: (B, L), or empty: row l stands at offset + l. The pairs are
/// (2i, 2i + 1) when interleaved, else (i, i + Dr/2). Positions outside the table throw IndexError. Of wider rows the
/// last Dr columns are rotated and the others copied.
template <class T>
void rope_forward(Device, View<T> y, View<const T> x, View<const Accumulator<T>> cosine,
                  View<const Accumulator<T>> sine, View<const std::int32_t> positions, std::int64_t offset,
                  bool interleaved) {
  if (positions.data)
    check_ids("rope", "position", positions.data, positions.size(), cosine.rows(), "rows of the table");
  detail::rotate(GradView<T>{y}, x, cosine, sine, positions, offset, interleaved, Accumulator<T>(1));
}

/// dx = dy rotated back.
template <class T, class G>
void rope_backward(Device, GradView<G> dx, View<const T> dy, View<const Accumulator<T>> cosine,
                   View<const Accumulator<T>> sine, View<const std::int32_t> positions, std::int64_t offset,
                   bool interleaved) {
  detail::rotate(dx, dy, cosine, sine, positions, offset, interleaved, Accumulator<T>(-1));
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
