// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/workspace.hpp>

#include <algorithm>

using namespace hadal;

TEST_CASE("workspace: nested scratch does not overlap and its memory is used again") {
  float* first = nullptr;
  for (int round = 0; round < 3; ++round) {
    Scratch<float> a(1000);
    std::fill(a.data(), a.data() + 1000, 1.0f);
    if (round == 0) first = a.data();
    CHECK(a.data() == first);
    CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % 64 == 0);
    {
      Scratch<double> big(1 << 20);  // larger than a chunk
      big[0] = big[(1 << 20) - 1] = 2;
      Scratch<char> c(1);
      c[0] = 3;
    }
    Scratch<float> b(1000);
    std::fill(b.data(), b.data() + 1000, 4.0f);
    CHECK(std::count(a.data(), a.data() + 1000, 1.0f) == 1000);
  }
}
