// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>
#include <hadal/cpu/copy.hpp>

#include <numeric>
#include <vector>

using namespace hadal;

namespace {

/// Where element i, counted row-major over the shape, lies.
std::int64_t place(const Shape& shape, const Shape& strides, std::int64_t i) {
  std::int64_t at = 0;
  for (int k = shape.rank - 1; k >= 0; --k) {
    at += i % shape.dims[k] * strides.dims[k];
    i /= shape.dims[k];
  }
  return at;
}

/// Copies numbered elements and counts the wrong ones; elements outside the target must keep their value.
template <class T>
int wrong_copies(const Shape& shape, const Shape& to_strides, const Shape& from_strides, std::size_t room) {
  std::vector<T> from(room), to(room, T(-7)), expected(room, T(-7));
  for (std::size_t i = 0; i < room; ++i) from[i] = T(i % 100003);
  for (std::int64_t i = 0; i < shape.size(); ++i)
    expected[place(shape, to_strides, i)] = from[place(shape, from_strides, i)];
  copy_strided(Cpu{}, StridedView<T>{to.data(), shape, to_strides}, StridedView<T>{from.data(), shape, from_strides});
  int wrong = 0;
  for (std::size_t i = 0; i < room; ++i) wrong += to[i] != expected[i];
  return wrong;
}

}  // namespace

TEST_CASE("copy_strided follows every layout") {
  CHECK(wrong_copies<float>({}, {}, {}, 2) == 0);
  CHECK(wrong_copies<float>({0, 3}, {3, 1}, {3, 1}, 2) == 0);
  CHECK(wrong_copies<float>({70000}, {1}, {1}, 70000) == 0);              // one dense row, cut among threads
  CHECK(wrong_copies<float>({5, 3}, {3, 1}, {4, 1}, 20) == 0);            // dense rows apart
  CHECK(wrong_copies<float>({5, 3}, {7, 2}, {4, 1}, 40) == 0);            // strided target
  CHECK(wrong_copies<float>({4, 1, 3}, {3, 3, 1}, {0, 5, 1}, 12) == 0);   // broadcast source
  CHECK(wrong_copies<float>({3, 70000}, {70000, 1}, {0, 1}, 210000) == 0);
}

TEST_CASE("copy_strided transposes") {
  CHECK(wrong_copies<float>({35, 19}, {19, 1}, {1, 35}, 35 * 19) == 0);
  CHECK(wrong_copies<double>({9, 17}, {17, 1}, {1, 9}, 9 * 17) == 0);
  CHECK(wrong_copies<std::int16_t>({65, 33}, {40, 1}, {1, 70}, 3000) == 0);
  CHECK(wrong_copies<float>({300, 300}, {300, 1}, {1, 300}, 90000) == 0);
  // (B, H, L, D) seen as (B, L, H, D) and with both last axes swapped.
  CHECK(wrong_copies<float>({2, 5, 3, 4}, {60, 12, 4, 1}, {60, 4, 20, 1}, 120) == 0);
  CHECK(wrong_copies<float>({2, 3, 4, 5}, {60, 20, 5, 1}, {60, 20, 1, 4}, 120) == 0);
  CHECK(wrong_copies<float>({4, 5, 2, 3}, {30, 6, 3, 1}, {1, 4, 60, 20}, 120) == 0);
}

TEST_CASE("fill writes the rows and nothing between them") {
  std::vector<float> a(12, 1.0f);
  fill(Cpu{}, View<float>{a.data(), {3, 2}, 4}, 5.0f);
  CHECK(a == std::vector<float>{5, 5, 1, 1, 5, 5, 1, 1, 5, 5, 1, 1});
  std::vector<std::int32_t> b(100000, 1);
  fill(Cpu{}, View<std::int32_t>{b.data(), {100, 1000}, 1000}, 3);
  CHECK(std::accumulate(b.begin(), b.end(), 0) == 300000);
  fill(Cpu{}, View<float>{nullptr, {0, 4}, 4}, 1.0f);
}

TEST_CASE("add_to widens what it adds") {
  std::vector<float> sum(6, 1.0f);
  std::vector<bf16> part;
  for (int i = 0; i < 8; ++i) part.push_back(bf16(float(i)));
  add_to(Cpu{}, View<float>{sum.data(), {2, 3}, 3}, View<bf16>{part.data(), {2, 3}, 4});
  CHECK(sum == std::vector<float>{1, 2, 3, 5, 6, 7});
  add_to(Cpu{}, View<float>{sum.data(), {6}, 6}, View<const float>{sum.data(), {6}, 6});
  CHECK(sum == std::vector<float>{2, 4, 6, 10, 12, 14});
}
