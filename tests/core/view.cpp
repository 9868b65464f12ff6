// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/view.hpp>

using namespace hadal;

TEST_CASE("view: rows follow the row stride") {
  float data[20] = {};
  const View<float> v{data, {2, 2, 3}, 5};
  CHECK(v.rows() == 4);
  CHECK(v.columns() == 3);
  CHECK(v.size() == 12);
  CHECK(v.row(3) == data + 15);
  CHECK(!v.dense());
  CHECK(View<float>{data, {4, 5}, 5}.dense());
  CHECK(View<float>{data, {1, 3}, 9}.dense());  // one row: the stride does not matter
  const View<const float> c = v;
  CHECK(c.data == data);
  CHECK(!GradView<float>{});
  CHECK(GradView<float>{v, true});
}
