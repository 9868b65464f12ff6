// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/config.hpp>

#include <cstdint>

namespace hadal {

/// Which memory a tensor lives in, at run time. At compile time it is the device tag.
enum class DeviceKind : std::uint8_t { cpu, cuda };

namespace cpu {
inline namespace HADAL_ISA {
/// The CPU. Kernels take the tag as their first argument; its namespace finds them.
struct Device {
  static constexpr DeviceKind kind = DeviceKind::cpu;
};
}  // namespace HADAL_ISA
}  // namespace cpu

namespace cuda {
/// An NVIDIA GPU.
struct Device {
  static constexpr DeviceKind kind = DeviceKind::cuda;
};
}  // namespace cuda

using Cpu = cpu::Device;
using Cuda = cuda::Device;

}  // namespace hadal
