// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/packet.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

using namespace hadal;

namespace {

/// Widening loads must give the bits of the scalar conversion for every one of the 65,536 values.
template <class S>
int widening_mistakes() {
  constexpr int n = cpu::lanes<float>;
  int mistakes = 0;
  for (std::uint32_t first = 0; first < 0x10000; first += n) {
    S narrow[n];
    float wide[n];
    for (int i = 0; i < n; ++i) narrow[i].bits = static_cast<std::uint16_t>(first + static_cast<std::uint32_t>(i));
    cpu::store(wide, cpu::load(narrow));
    for (int i = 0; i < n; ++i) {
      const float expected = static_cast<float>(narrow[i]);
      if (std::memcmp(&expected, &wide[i], sizeof expected) != 0) ++mistakes;
    }
  }
  return mistakes;
}

template <class T>
void check_transpose() {
  constexpr int n = cpu::lanes<T>;
  std::vector<T> in(n * n), out(n * n);
  for (int i = 0; i < n * n; ++i) in[static_cast<std::size_t>(i)] = static_cast<T>(i);
  cpu::Square<T> s;
  for (int i = 0; i < n; ++i) s.rows.packet[i] = cpu::load(&in[static_cast<std::size_t>(i * n)]);
  cpu::transpose(s);
  for (int i = 0; i < n; ++i) cpu::store(&out[static_cast<std::size_t>(i * n)], s.rows.packet[i]);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) CHECK(out[i * n + j] == in[j * n + i]);
}

}  // namespace

TEST_CASE("packet: bf16 and half widen exactly") {
  CHECK(widening_mistakes<bf16>() == 0);
  CHECK(widening_mistakes<half>() == 0);
}

TEST_CASE("packet: arithmetic is that of the elements") {
  constexpr std::size_t n = cpu::lanes<float>;
  float a[n], b[n], r[n];
  for (std::size_t i = 0; i < n; ++i) a[i] = static_cast<float>(i) + 0.5f, b[i] = 3.0f - static_cast<float>(i);
  const auto x = cpu::load(a), y = cpu::load(b);
  const auto check = [&](const cpu::Packet<float>& got, auto f) {
    cpu::store(r, got);
    for (std::size_t i = 0; i < n; ++i) CHECK(r[i] == f(a[i], b[i]));
  };
  check(cpu::add(x, y), [](float p, float q) { return p + q; });
  check(cpu::sub(x, y), [](float p, float q) { return p - q; });
  check(cpu::mul(x, y), [](float p, float q) { return p * q; });
  check(cpu::div(y, x), [](float p, float q) { return q / p; });
  check(cpu::max(x, y), [](float p, float q) { return p > q ? p : q; });
  check(cpu::min(x, y), [](float p, float q) { return p < q ? p : q; });
  check(cpu::fma(x, y, cpu::set1(1.0f)), [](float p, float q) { return p * q + 1.0f; });  // exact: small numbers
  check(cpu::zero<float>(), [](float, float) { return 0.0f; });
  CHECK(cpu::sum(x) == static_cast<float>(n * n) / 2);
  CHECK(cpu::largest(x) == a[n - 1]);
  const auto check_near = [&](const cpu::Packet<float>& got, auto f) {
    cpu::store(r, got);
    for (std::size_t i = 0; i < n; ++i) CHECK(std::abs(r[i] - f(a[i], b[i])) <= 4 * 0x1p-23 * f(a[i], b[i]));
  };
  check_near(cpu::exp(y), [](float, float q) { return std::exp(q); });
  check_near(cpu::sqrt(x), [](float p, float) { return std::sqrt(p); });
}

TEST_CASE("packet: a pinned value keeps its value") {
  auto x = cpu::set1(2.5);
  cpu::pin(x);
  CHECK(cpu::sum(x) == 2.5 * cpu::lanes<double>);
}

TEST_CASE("packet: squares transpose") {
  check_transpose<float>();
  check_transpose<double>();
}
