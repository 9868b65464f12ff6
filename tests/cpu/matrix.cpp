// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/matrix.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("matrix: views of one memory") {
  const int values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const auto m = cpu::dense_matrix(values, 3, 4);
  CHECK(m.at(1, 2) == 6);
  CHECK(m.transposed().at(2, 1) == 6);
  CHECK(m.transposed().rows == 4);
  const auto part = m.block(1, 1, 2, 3);
  CHECK(part.rows == 2);
  CHECK(part.columns == 3);
  CHECK(part.at(1, 2) == 11);
  CHECK(cpu::dense_matrix(values, 1, 4).shifted(4).at(0, 0) == 4);
  int writable[] = {1};
  const cpu::Matrix<const int> constant = cpu::dense_matrix(writable, 1, 1);
  CHECK(constant.data == writable);
}
