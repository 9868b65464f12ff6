// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/attention.hpp>
#include <hadal/cpu/latent_rows.hpp>

namespace hadal::cpu {
inline namespace HADAL_ISA {

namespace detail {

/// The records of a latent cache as keys, and their first R numbers as values. Records of the type that sums are kept
/// in are read where they lie, others are unpacked block by block.
template <class T>
struct LatentKeys {
  using Element = Accumulator<T>;
  LatentRows rows;

  class Reader {
   public:
    explicit Reader(const LatentRows& rows)
        : rows_(rows), width_(rows.layout.R + rows.layout.dr), block_(in_place() ? 0 : key_block * stride()) {}

    KeyBlock<Element> operator()(std::int64_t b, std::int64_t, std::int64_t j, std::int64_t count) const {
      if (in_place()) {
        const auto* at = reinterpret_cast<const Element*>(rows_.row(b, j));
        return {at, width_, at, width_};
      }
      for (std::int64_t i = 0; i < count; ++i)
        unpack_latent<T>(block_ + i * stride(), rows_.layout, rows_.row(b, j + i));
      return {block_, stride(), block_, stride(), true};
    }

   private:
    bool in_place() const { return std::is_same_v<T, Element> && rows_.layout.format == CacheFormat::full; }
    std::int64_t stride() const { return padded<Element>(width_); }

    const LatentRows& rows_;
    std::int64_t width_;
    Scratch<Element> block_;
  };
  Reader reader() const { return Reader(rows); }
};

}  // namespace detail

/// z_h = sum over j < end[b, i] of p_j c_j,  p = softmax(scale q_h . [c_j | kr_j]): all heads attend to the records of
/// a latent cache. A query with end 0 gets 0. Results depend on the sequence's own records alone, to the last bit.
/// q: (B, L, H, R + dr)  end: (B, L)  ->  z: (B, L, H, R)
template <class T>
void latent_attention_forward(Device, View<T> z, StridedView<const T> q, const LatentRows& rows,
                              View<const std::int32_t> end, double scale) {
  const std::int64_t R = rows.layout.R, dr = rows.layout.dr, B = q.shape[0];
  const detail::AttentionSizes sizes(q.shape, {B, rows.capacity, 1, R + dr}, {B, rows.capacity, 1, R});
  const Scratch<Accumulator<T>> lse(z.rows());
  detail::attention_pieces<T>(sizes, z, View<Accumulator<T>>{lse, {z.rows()}, z.rows()}, q, detail::LatentKeys<T>{rows},
                              scale, KeyRanges{false, 0, {}, end});
}

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
