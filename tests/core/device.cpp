// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/device.hpp>

#include <string>
#include <typeinfo>

TEST_CASE("device: the CPU's tag carries the instruction set in its name, so kernels of two builds never merge") {
  CHECK(std::string(typeid(hadal::Cpu).name()).find(HADAL_STRINGIZE(HADAL_ISA)) != std::string::npos);
  CHECK(hadal::Cpu::kind == hadal::DeviceKind::cpu);
  CHECK(hadal::Cuda::kind == hadal::DeviceKind::cuda);
}
