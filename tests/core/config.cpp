// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/config.hpp>

#include <string>

TEST_CASE("config: the instruction set is the one the compiler was told") {
  const std::string isa = HADAL_STRINGIZE(HADAL_ISA);
#if defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
  CHECK(isa == "avx512");
#elif defined(__AVX2__) && defined(__FMA__)
  CHECK(isa == "avx2");
#else
  CHECK(isa != "avx2");
  CHECK(isa != "avx512");
#endif
}
