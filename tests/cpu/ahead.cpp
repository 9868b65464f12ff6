// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/cpu/ahead.hpp>

#include <algorithm>
#include <vector>

using namespace hadal;

TEST_CASE("ahead: a matrix has been asked for when the terms it was given have passed, and not long before") {
  const std::vector<float> values(64 * 100);
  for (const std::int64_t terms : {0, 16, 64, 256, 2048})
    for (const std::int64_t columns : {40, 100})  // of 3 lines a row, asked for one by one, and of 7
      for (const bool transposed : {false, true}) {
        const auto m = cpu::dense_matrix<const float>(values.data(), 64, 100).block(0, 0, 64, columns);
        cpu::Ahead ahead(transposed ? m.transposed() : m, terms);
        const std::int64_t step = ahead.interval();
        CHECK((step & (step - 1)) == 0);
        std::int64_t asked = 0;
        for (; !ahead.empty(); ++asked) ahead.ask();
        CHECK(asked * step <= std::max<std::int64_t>(terms, 1));
        CHECK(2 * asked * step > terms);
      }
}
