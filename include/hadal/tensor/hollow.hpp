// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/mapped_region.hpp>
#include <hadal/core/storage.hpp>

#include <algorithm>
#include <utility>

namespace hadal {

namespace detail {

inline constinit thread_local bool making_hollow = false;

/// Address space in the place of memory: tensors over it are told apart, and touching an element ends the program.
inline StorageRef hollow_storage(std::size_t bytes, DeviceKind device) {
  auto* region = new MappedRegion(std::max<std::size_t>(bytes, 1));
  return borrow(region->data(), 0, device, [](Storage& s) noexcept { delete static_cast<MappedRegion*>(s.context); },
                region);
}

/// Gives a hollow storage, and so every tensor over it, the memory that nobody else holds yet.
inline void fill_hollow(Storage& hollow, const StorageRef& memory) {
  std::swap(hollow.data, memory->data);
  std::swap(hollow.bytes, memory->bytes);
  std::swap(hollow.release, memory->release);
  std::swap(hollow.context, memory->context);
}

}  // namespace detail

/// Calls f; of the tensors it makes on this thread, those that would be filled (full, zeros, ones, normal, uniform) are
/// hollow: they have a type, a shape and a place, but no memory, until something is loaded into them. So a model of any
/// size can be described, and be loaded without having been initialised:
///   auto model = hollow([&] { return DeepSeek<bf16>::make(config, Key{}); });
template <class F>
auto hollow(F&& f) {
  struct Mode {
    bool before = std::exchange(detail::making_hollow, true);
    ~Mode() { detail::making_hollow = before; }
  } mode;
  return f();
}

}  // namespace hadal
