// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/packed.hpp>
#include <hadal/tensor/views.hpp>

namespace hadal {

/// Packed matrices (E, out, in) on a device; E = 1 for a single one.
template <class D>
struct PackedWeight {
  StorageRef storage;
  PackedMatrix matrix;

  explicit operator bool() const { return static_cast<bool>(storage); }
};

/// The matrix of a layer: a tensor, or what tree/pack.hpp made of it for decoding; then the tensor is undefined.
/// `stored_in_first`: as (in, out), which GPT-2's are. Packed ones are (out, in) always.
template <class T, class D, bool stored_in_first = false>
struct Weight : Tensor<T, D> {
  static constexpr bool in_first = stored_in_first;
  PackedWeight<D> packed;

  Weight() = default;
  Weight(const Tensor<T, D>& t) : Tensor<T, D>(t) {}

  /// Replaces the tensor, (out, in) or (E, out, in), whose memory is free when nobody else holds it.
  void pack(PackedFormat format) {
    Tensor<T, D> w = in_first ? this->transpose() : this->detach();
    HADAL_CHECK(w.rank() == 2 || w.rank() == 3, ShapeError, "pack: a weight must be (out, in) or (E, out, in), got ",
                w.shape());
    if (w.rank() == 2) w = w.unsqueeze(0);
    if (w.strides()[2] != 1) w = w.contiguous();
    constexpr std::int64_t most = (std::int64_t{1} << 31) / (127 * 127);
    HADAL_CHECK(format == PackedFormat::panels || w.shape(2) <= most, ShapeError, "pack: sums over ", w.shape(2),
                " inputs do not fit 32 bits; at most ", most);
    PackedWeight<D> p{{}, {nullptr, format, w.shape(0), w.shape(1), w.shape(2), sizeof(T)}};
    p.storage = allocate(D{}, static_cast<std::size_t>(p.matrix.bytes()));
    p.matrix.data = static_cast<unsigned char*>(p.storage->data);
    pack_matrix(D{}, p.matrix, w.strided_view());
    packed = p;
    static_cast<Tensor<T, D>&>(*this) = {};
  }
  /// The numbers it stands for, (E, out, in) when packed.
  Tensor<T, D> values() const {
    if (!packed) return *this;
    const PackedMatrix& m = packed.matrix;
    auto t = Tensor<T, D>::empty({m.E, m.out, m.in});
    unpack_matrix(D{}, t.out(), m);
    return t;
  }
};

}  // namespace hadal
