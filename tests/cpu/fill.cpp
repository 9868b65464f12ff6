// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/cpu/fill.hpp>

#include <limits>
#include <vector>

using namespace hadal;

namespace {
template <class T>
View<T> all(std::vector<T>& v) {
  const auto n = static_cast<std::int64_t>(v.size());
  return {v.data(), {n}, n};
}
}  // namespace

TEST_CASE("fill: element i comes from the i-th number of the stream") {
  std::vector<double> normal(10), flat(10);
  fill_normal(Cpu{}, all(normal), Key{3}, 2, 0.5);
  fill_uniform(Cpu{}, all(flat), Key{3}, -1, 3);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(normal[i] == 2 + 0.5 * random_normal(Key{3}, i));
    CHECK(flat[i] == -1 + 4 * static_cast<double>(random_uniform(Key{3}, i)));
  }
}

TEST_CASE("fill: finds one NaN or infinity anywhere") {
  std::vector<float> v(70000, 1.0f);
  const auto finite = [&] { return all_finite(Cpu{}, View<const float>(all(v))); };
  CHECK(finite());
  for (std::size_t at : {std::size_t{0}, std::size_t{69999}})
    for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      v[at] = bad;
      CHECK(!finite());
      v[at] = 1;
    }
}
