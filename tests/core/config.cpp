#include <hadal/core/config.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("config: the instruction set is named after what the compiler was told") {
  const std::string isa = HADAL_STRINGIZE(HADAL_ISA);
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
  CHECK(isa == "avx512");
#elif defined(__AVX2__) && defined(__FMA__)
  CHECK(isa == "avx2");
#else
  CHECK(isa.find("avx2") == std::string::npos);
  CHECK(isa.find("avx512") == std::string::npos);
  CHECK(!isa.empty());
#endif
}
