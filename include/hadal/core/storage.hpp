// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/runtime.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace hadal {

/// A reference-counted piece of memory on some device. It carries the function that frees it, so memory of any origin
/// (the caching allocator, a mapped file, a caller's buffer) is held alike. `version` counts writes in place.
struct Storage {
  using Release = void (*)(Storage&) noexcept;

  void* data = nullptr;
  std::size_t bytes = 0;
  Release release = nullptr;
  void* context = nullptr;  // for `release`
  std::atomic<std::uint32_t> references{1}, version{0};
  DeviceKind device = DeviceKind::cpu;
};

/// A shared handle to a Storage.
class StorageRef {
 public:
  StorageRef() = default;
  /// Takes over one reference.
  explicit StorageRef(Storage* s) noexcept : s_(s) {}
  StorageRef(const StorageRef& o) noexcept : s_(o.s_) {
    if (s_) s_->references.fetch_add(1, std::memory_order_relaxed);
  }
  StorageRef(StorageRef&& o) noexcept : s_(std::exchange(o.s_, nullptr)) {}
  StorageRef& operator=(StorageRef o) noexcept {
    std::swap(s_, o.s_);
    return *this;
  }
  ~StorageRef() {
    if (s_ && s_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      if (s_->release) s_->release(*s_);
      delete s_;
    }
  }

  Storage* get() const { return s_; }
  Storage* operator->() const { return s_; }
  explicit operator bool() const { return s_ != nullptr; }
  friend bool operator==(const StorageRef& a, const StorageRef& b) { return a.s_ == b.s_; }
  /// True when no other handle shares the memory.
  bool unique() const { return s_ && s_->references.load(std::memory_order_acquire) == 1; }

 private:
  Storage* s_ = nullptr;
};

/// New memory on a device; found through the device tag, as kernels are.
inline StorageRef allocate(Cpu, std::size_t bytes) {
  void* data = runtime().cpu_memory.allocate(bytes);
  auto* s = new Storage;
  s->data = data;
  s->bytes = bytes;
  s->release = [](Storage& self) noexcept { runtime().cpu_memory.deallocate(self.data); };
  return StorageRef(s);
}

/// Memory that belongs to somebody else; `release` (may be null) is called with the storage when the last handle goes.
inline StorageRef borrow(void* data, std::size_t bytes, DeviceKind device, Storage::Release release = nullptr,
                         void* context = nullptr) {
  auto* s = new Storage;
  s->data = data;
  s->bytes = bytes;
  s->device = device;
  s->release = release;
  s->context = context;
  return StorageRef(s);
}

}  // namespace hadal
