// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/device.hpp>
#include <hadal/core/ref.hpp>
#include <hadal/core/runtime.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

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

inline void destroy(Storage* s) noexcept {
  if (s->release) s->release(*s);
  delete s;
}

/// A shared handle to a Storage.
using StorageRef = Ref<Storage>;

/// New memory on a device; found through the device tag, as kernels are.
inline StorageRef allocate(Cpu, std::size_t bytes) {
  void* data = runtime().cpu_memory.allocate(bytes);
  auto* s = new Storage;
  s->data = data;
  s->bytes = bytes;
  s->release = [](Storage& self) noexcept { runtime().cpu_memory.deallocate(self.data); };
  return StorageRef(s);
}

/// Bytes between host memory and the device's.
inline void copy_from_host(Cpu, void* to, const void* from, std::size_t bytes) {
  if (bytes) std::memcpy(to, from, bytes);
}
inline void copy_to_host(Cpu, void* to, const void* from, std::size_t bytes) {
  if (bytes) std::memcpy(to, from, bytes);
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
