// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hadal/cpu/convert.hpp>

#include <vector>

using namespace hadal;

namespace {
template <class T>
View<T> row(std::vector<T>& v) {
  return {v.data(), {static_cast<std::int64_t>(v.size())}, static_cast<std::int64_t>(v.size())};
}
}  // namespace

TEST_CASE("convert rounds once, ties to even") {
  std::vector<float> x{1.0f, 1.00390625f, 1.01171875f, -3.5f, 1e-40f};
  std::vector<bf16> y(x.size());
  convert(Cpu{}, row(y), View<const float>(row(x)));
  const float expected[] = {1.0f, 1.0f, 1.015625f, -3.5f, 9.99949e-41f};
  for (std::size_t i = 0; i < x.size(); ++i)
    CHECK(static_cast<float>(y[i]) == doctest::Approx(expected[i]).epsilon(1e-9));
  std::vector<double> wide(x.size());
  convert(Cpu{}, row(wide), View<const bf16>(row(y)));
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(wide[i] == static_cast<double>(static_cast<float>(y[i])));
  std::vector<float> from_double(1);
  std::vector<double> third{1.0 / 3};
  convert(Cpu{}, row(from_double), View<const double>(row(third)));
  CHECK(from_double[0] == 1.0f / 3);
}

TEST_CASE("average_into keeps the asked share") {
  std::vector<float> a{1, 2, 3};
  std::vector<bf16> b{bf16(5.0f), bf16(6.0f), bf16(-1.0f)};
  average_into(Cpu{}, row(a), View<const bf16>(row(b)), 0.75);
  CHECK(a == std::vector<float>{2, 3, 2});
}
