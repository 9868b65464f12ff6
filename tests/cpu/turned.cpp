// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/turned.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace hadal;

namespace {

template <class T, class S>
void check_turned() {
  constexpr int n = cpu::lanes<T>, depth = cpu::Turned<T, S>::depth, stride = depth + 3;
  std::vector<S> rows(n * stride);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = S(static_cast<float>(i) * (i % 2 ? -0.5f : 0.25f));
  const cpu::Turned<T, S> turned(rows.data() + 1, stride);
  for (int k = 0; k < depth; ++k) {
    T column[n];
    cpu::store(column, turned.column(k));
    for (int i = 0; i < n; ++i) CHECK(column[i] == static_cast<T>(rows[static_cast<std::size_t>(1 + i * stride + k)]));
  }
}

}  // namespace

TEST_CASE("turned: columns of rows, widened") {
  check_turned<float, float>();
  check_turned<double, double>();
  check_turned<float, bf16>();
  check_turned<float, half>();
}
