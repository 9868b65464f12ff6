// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/scalar.hpp>
#include <hadal/core/shape.hpp>
#include <hadal/core/storage.hpp>

#include <cstdint>

namespace hadal {

struct Slot;
void destroy(Slot*) noexcept;
/// A tensor's place in the graph of gradients (defined in tape.hpp); null for a tensor that needs none.
using SlotRef = Ref<Slot>;

/// What a tensor is, whatever its element type and device: a handle to memory, a layout, and a place in the graph.
/// Copying it shares both. The tape, the optimizers' lists and checkpoints work on this type.
class TensorBase {
 public:
  TensorBase() = default;
  TensorBase(StorageRef storage, const Shape& shape, const Shape& strides, std::int64_t offset, DType dtype,
             DeviceKind device)
      : storage_(std::move(storage)),
        shape_(shape),
        strides_(strides),
        offset_(offset),
        dtype_(dtype),
        device_(device) {}
  // Functions of their own: written out at every use they were a third of a program's code.
  HADAL_NOINLINE TensorBase(const TensorBase&) = default;
  HADAL_NOINLINE TensorBase(TensorBase&&) noexcept = default;
  HADAL_NOINLINE TensorBase& operator=(const TensorBase&) = default;
  HADAL_NOINLINE TensorBase& operator=(TensorBase&&) noexcept = default;
  HADAL_NOINLINE ~TensorBase() = default;

  /// False for a default-made tensor, which stands for "none".
  bool defined() const { return static_cast<bool>(storage_); }
  /// True for a tensor that has no memory yet (see hollow.hpp).
  bool is_hollow() const { return storage_ && storage_->bytes == 0 && size() > 0; }
  const Shape& shape() const { return shape_; }
  std::int64_t shape(int axis) const { return shape_[axis]; }
  /// Strides in elements.
  const Shape& strides() const { return strides_; }
  std::int64_t offset() const { return offset_; }
  int rank() const { return shape_.rank; }
  /// Number of elements.
  std::int64_t size() const { return shape_.size(); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype_); }
  DType dtype() const { return dtype_; }
  DeviceKind device() const { return device_; }
  const StorageRef& storage() const { return storage_; }

  /// True when the elements lie in row-major order without gaps.
  HADAL_NOINLINE bool is_contiguous() const {
    std::int64_t step = 1;
    for (int i = shape_.rank - 1; i >= 0; --i) {
      if (shape_.dims[i] != 1 && strides_.dims[i] != step) return false;
      step *= shape_.dims[i];
    }
    return true;
  }

  /// True when rows (the last axis) are dense and equally spaced, as a View asks; then `stride` is the distance of two
  /// rows. Contiguous tensors qualify, and slices of their last axis.
  HADAL_NOINLINE bool has_dense_rows(std::int64_t& stride) const {
    const int r = shape_.rank;
    stride = r == 0 ? 1 : shape_.dims[r - 1];
    if (r == 0 || size() == 0) return true;
    if (shape_.dims[r - 1] != 1 && strides_.dims[r - 1] != 1) return false;
    std::int64_t step = -1;  // expected stride of the next axis outwards, unknown yet
    for (int i = r - 2; i >= 0; --i) {
      if (shape_.dims[i] == 1) continue;
      if (step < 0) stride = step = strides_.dims[i];
      else if (strides_.dims[i] != step) return false;
      step *= shape_.dims[i];
    }
    return true;
  }

  const SlotRef& slot() const { return slot_; }
  void set_slot(SlotRef s) { slot_ = std::move(s); }
  /// True when gradients flow to this tensor.
  bool requires_grad() const { return static_cast<bool>(slot_); }

  /// The address of the first element, on the tensor's device.
  void* data_address() const {
    return storage_ ? static_cast<char*>(storage_->data) + offset_ * static_cast<std::int64_t>(size_of(dtype_))
                    : nullptr;
  }
  std::uint32_t version() const { return storage_ ? storage_->version.load(std::memory_order_relaxed) : 0; }
  void bump_version() const { storage_->version.fetch_add(1, std::memory_order_relaxed); }

  /// The same elements outside the graph.
  HADAL_NOINLINE TensorBase detached() const { return {storage_, shape_, strides_, offset_, dtype_, device_}; }

 protected:
  StorageRef storage_;
  Shape shape_, strides_;
  std::int64_t offset_ = 0;
  DType dtype_ = DType::f32;
  DeviceKind device_ = DeviceKind::cpu;
  SlotRef slot_;
};

}  // namespace hadal

#include <hadal/tensor/tape.hpp>  // last: a handle that goes must know its slot, and the tape knows tensors
