// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>
#include <hadal/core/random.hpp>
#include <hadal/cpu/map.hpp>

#include <vector>

using namespace hadal;

namespace {

template <class T>
std::vector<T> random_numbers(std::int64_t n, std::uint64_t seed) {
  std::vector<T> v;
  for (std::int64_t i = 0; i < n; ++i) v.push_back(T(random_uniform(Key{seed}, i) - 0.5f));
  return v;
}

constexpr auto product_plus_one = [](auto a, auto b) { return a * b + 1.0f; };

}  // namespace

TEST_CASE("map broadcasts and follows strides") {
  // y (3, 4, 5) in rows 7 apart, a (4, 5) transposed in memory, b (3, 1, 1) with elements 2 apart.
  const auto a = random_numbers<float>(20, 1), b = random_numbers<float>(6, 2);
  for (bool add : {false, true}) {
    std::vector<float> y(84, 2.0f);
    map(Cpu{}, product_plus_one, GradView<float>{{y.data(), {3, 4, 5}, 7}, add},
        StridedView<const float>{a.data(), {4, 5}, {1, 4}}, StridedView<const float>{b.data(), {3, 1, 1}, {2, 1, 1}});
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 4; ++j)
        for (int k = 0; k < 7; ++k) {
          const float f = k < 5 ? a[j + 4 * k] * b[2 * i] + 1.0f + (add ? 2.0f : 0.0f) : 2.0f;
          CHECK(y[7 * (4 * i + j) + k] == doctest::Approx(f).epsilon(1e-6));
        }
  }
}

TEST_CASE("map writes elements that lie apart") {
  std::vector<double> y(12, 1.0), x{1, 2, 3, 4};
  map(Cpu{}, [](auto v) { return v * 2.0; }, GradView<double>{{y.data(), {4, 1}, 3}, true},
      StridedView<double>{x.data(), {4, 1}, {1, 1}});
  CHECK(y == std::vector<double>{3, 1, 1, 5, 1, 1, 7, 1, 1, 9, 1, 1});
}

TEST_CASE("an element's value does not depend on its place or on the cut") {
  const std::int64_t n = 200003;
  const auto a = random_numbers<float>(n, 3), b = random_numbers<float>(n, 4);
  std::vector<float> whole(n), shifted(n);
  const auto run = [&](float* y, std::int64_t begin, std::int64_t end) {
    map(Cpu{}, product_plus_one, GradView<float>{{y + begin, {end - begin}, end - begin}},
        StridedView<const float>{a.data() + begin, {end - begin}, {1}},
        StridedView<const float>{b.data() + begin, {end - begin}, {1}});
  };
  run(whole.data(), 0, n);
  run(shifted.data(), 0, 7);
  run(shifted.data(), 7, n);
  CHECK(whole == shifted);
}

TEST_CASE("half widths are computed in float and rounded once") {
  const auto a = random_numbers<bf16>(37, 5);
  std::vector<float> wide(37);
  std::vector<bf16> narrow(37);
  const StridedView<const bf16> x{a.data(), {37}, {1}};
  map(Cpu{}, product_plus_one, GradView<float>{{wide.data(), {37}, 37}}, x, x);
  map(Cpu{}, product_plus_one, GradView<bf16>{{narrow.data(), {37}, 37}}, x, x);
  for (int i = 0; i < 37; ++i) {
    CHECK(wide[i] == doctest::Approx(float(a[i]) * float(a[i]) + 1.0f).epsilon(1e-6));
    CHECK(narrow[i].bits == bf16(wide[i]).bits);
  }
}

TEST_CASE("map leaves alone what is not wanted or empty") {
  const StridedView<const float> x{nullptr, {0}, {1}};
  map(Cpu{}, [](auto v) { return v; }, GradView<float>{}, x);
  float one = 1.0f;
  map(Cpu{}, [](auto v) { return v; }, GradView<float>{{&one, {0}, 1}}, x);
  CHECK(one == 1.0f);
}
