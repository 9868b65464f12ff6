// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/map.hpp>
#include <hadal/cpu/row.hpp>
#include <hadal/cpu/writing.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace hadal;

TEST_CASE("writing: past the caches only what is float, large, and not added to") {
  const auto large = static_cast<std::int64_t>(8 * cpu::cache_sizes().l2);
  float f = 0;
  double d = 0;
  CHECK(cpu::Writing(View<float>{&f, {large}, large}).past);
  CHECK(cpu::Writing(GradView<float>{{&f, {2, large}, large}, false}).past);
  CHECK_FALSE(cpu::Writing(View<float>{&f, {large - 1}, large - 1}).past);
  CHECK_FALSE(cpu::Writing(View<double>{&d, {large}, large}).past);
  const cpu::Writing on_top(GradView<float>{{&f, {large}, large}, true});
  CHECK(on_top.add);
  CHECK_FALSE(on_top.past);
}

TEST_CASE("writing: vectors past the caches arrive, aligned or not, and their neighbours stay") {
  constexpr int n = 3 * cpu::lane_count<float>;
  cpu::Writing past;
  past.past = true;
  for (int at = 0; at <= cpu::lane_count<float>; ++at) {
    alignas(64) float y[n];
    for (float& v : y) v = -1;
    float x[cpu::lane_count<float>];
    for (int i = 0; i < cpu::lane_count<float>; ++i) x[i] = static_cast<float>(i);
    cpu::sweep<float>(cpu::lane_count<float>, [&](std::int64_t i, auto part) {
      cpu::write(y + at + i, part, cpu::read(x + i, part), past);
    });
    int wrong = 0;
    for (int i = 0; i < n; ++i) wrong += y[i] != (i < at || i >= at + cpu::lane_count<float> ? -1.0f : x[i - at]);
    CHECK(wrong == 0);
  }
}

TEST_CASE("writing: a map of many elements is that of few") {
  const auto n = static_cast<std::int64_t>(8 * cpu::cache_sizes().l2) + 37;
  std::vector<float> x(static_cast<std::size_t>(n)), y(x.size() + 1, -1.0f);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 1001);
  for (const int at : {0, 1}) {
    const View<float> to{y.data() + at, {n}, n};
    const View<const float> from{x.data(), {n}, n};
    map(Cpu{}, [](auto v) { return v * 2; }, GradView<float>{to}, cpu::strided(from));
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < n; ++i)
      wrong += to.data[i] != 2 * x[static_cast<std::size_t>(i)];
    CHECK(wrong == 0);
  }
}
