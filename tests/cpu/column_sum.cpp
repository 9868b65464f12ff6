// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/column_sum.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE("column sums: blocks cover the rows once and depend on their count alone") {
  for (std::int64_t rows : {0, 1, 31, 32, 33, 2048, 5000}) {
    std::vector<int> seen(static_cast<std::size_t>(rows), 0);
    cpu::for_each_row_block(rows, 64, [&](std::int64_t block, std::int64_t begin, std::int64_t end) {
      CHECK(begin == block * cpu::rows_per_block(rows));
      for (; begin < end; ++begin) ++seen[static_cast<std::size_t>(begin)];
    });
    CHECK(std::count(seen.begin(), seen.end(), 1) == rows);
    CHECK(cpu::row_blocks(rows) <= 64);
  }
}

TEST_CASE_TEMPLATE("column sums: partial sums are added in order, onto the gradient when asked", G, float, bf16) {
  const Array<float> partial = random_array<float>({3, 21}, 1, 1, 4);
  for (bool add : {false, true}) {
    Array<G> out({21});
    for (G& v : out.values) v = G(0.5f);
    cpu::sum_blocks(out.grad(add), partial.values.data(), 3, partial.stride);
    for (int c = 0; c < 21; ++c) {
      float expected = 0;
      for (int r = 0; r < 3; ++r) expected += partial.values[static_cast<std::size_t>(r * partial.stride + c)];
      CHECK(out.values[static_cast<std::size_t>(c)] == G(expected + (add ? 0.5f : 0.0f)));
    }
  }
}

TEST_CASE_TEMPLATE("column sums: all rows, in blocks, the same bits for any number of threads", T, float, double,
                   bf16) {
  using A = Accumulator<T>;
  for (const std::int64_t rows : {0, 1, 6, 255, 256, 777})
    for (const std::int64_t columns : {1, 21, 1030}) {
      const Array<T> x = random_array<T>({rows, columns}, 1, 1, 3);
      Array<A> once({columns}), again({columns});
      for (const bool add : {false, true}) {
        for (A& v : once.values) v = A(0.5);
        again.values = once.values;
        set_threads(1);
        cpu::sum_rows(once.grad(add), x.view());
        set_threads(3);
        cpu::sum_rows(again.grad(add), x.view());
        CHECK(again.values == once.values);
        int wrong = 0;
        for (std::int64_t c = 0; c < columns; ++c) {
          A expected = 0;
          for (std::int64_t begin = 0; begin < rows; begin += 256) {
            A block = 0;
            for (std::int64_t r = begin; r < std::min(rows, begin + 256); ++r) block += A(x(r, c));
            expected += block;
          }
          wrong += once.values[static_cast<std::size_t>(c)] != expected + (add ? A(0.5) : A(0));
        }
        CHECK(wrong == 0);
      }
    }
  set_threads(2);
}
