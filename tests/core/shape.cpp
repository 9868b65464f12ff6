// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/shape.hpp>

#include <vector>

using namespace hadal;

TEST_CASE("shape: sizes, rows and columns") {
  const Shape s{2, 3, 5};
  CHECK(s.rank == 3);
  CHECK(s[-1] == 5);
  CHECK(s.size() == 30);
  CHECK(s.rows() == 6);
  CHECK(s.columns() == 5);
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{}.columns() == 1);
  CHECK(Shape{4, 0}.size() == 0);
  CHECK(join(s) == "(2, 3, 5)");
  CHECK(join(Shape{}) == "()");
  CHECK(s.with_last(7) == Shape{2, 3, 7});
  CHECK(s.first(2) == Shape{2, 3});
  CHECK(s.append(1) == Shape{2, 3, 5, 1});
  CHECK(s != Shape{2, 3});
  CHECK(dense_strides(s) == Shape{15, 5, 1});
  CHECK(Shape(std::vector<int>{4, 2}) == Shape{4, 2});
}

TEST_CASE("shape: more than eight axes, and axes that are not there, are errors") {
  CHECK_THROWS_AS(Shape(std::vector<int>(9, 1)), ShapeError);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1}.append(1)), ShapeError);
  CHECK(normal_axis("op", -1, 3) == 2);
  CHECK_THROWS_WITH_AS(normal_axis("sum", 3, 3), "sum: axis 3 is out of range for rank 3", IndexError);
}

TEST_CASE("shape: broadcasting aligns axes at the back") {
  CHECK(broadcast_shape("add", {2, 1, 5}, {3, 1}) == Shape{2, 3, 5});
  CHECK(broadcast_shape("add", {}, {3}) == Shape{3});
  CHECK(broadcast_shape("add", {1}, {0}) == Shape{0});
  CHECK_THROWS_WITH_AS(broadcast_shape("add", {2, 3}, {2}), "add: shapes (2, 3) and (2) do not broadcast", ShapeError);
}
