// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>
#include <hadal/core/random.hpp>
#include <hadal/cpu/reductions.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace hadal;

namespace {

/// The largest error of sum_to against a plain sum, over what rounding may cost: terms of size 1 at most.
template <class T, class G = T>
double sum_error(const Shape& y_shape, const Shape& shape, const Shape& strides, std::int64_t room, bool add = false) {
  std::vector<T> x;
  for (std::int64_t i = 0; i < room; ++i) x.push_back(T(random_uniform(Key{7}, i) - 0.5f));
  const std::int64_t n = y_shape.size(), terms = n == 0 ? 1 : std::max<std::int64_t>(1, shape.size() / n);
  std::vector<G> y(n + 1, G(3.0f));
  std::vector<double> expected(n, add ? 3.0 : 0.0);
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    std::int64_t from = 0, to = 0, rest = i, step = 1;
    for (int k = 1; k <= shape.rank; ++k) {
      const std::int64_t at = rest % shape[-k];
      rest /= shape[-k];
      from += at * strides[-k];
      if (k <= y_shape.rank) {
        if (y_shape[-k] != 1) to += at * step;
        step *= y_shape[-k];
      }
    }
    expected[to] += double(x[from]);
  }
  const StridedView<const T> view{x.data(), shape, strides};
  sum_to(Cpu{}, GradView<G>{{y.data(), y_shape, y_shape.columns()}, add}, view);
  CHECK(y[n] == G(3.0f));
  double worst = 0;
  for (std::int64_t i = 0; i < n; ++i) worst = std::max(worst, std::abs(double(y[i]) - expected[i]));
  const double unit = std::is_same_v<G, double> ? 0x1p-53 : std::is_same_v<G, float> ? 0x1p-24 : 0x1p-9;
  return worst / (unit * (8 * std::sqrt(double(terms)) + 8));
}

double dense_error(const Shape& y, const Shape& x) { return sum_error<float>(y, x, dense_strides(x), x.size()); }

}  // namespace

TEST_CASE("sum_to sums over any axes") {
  CHECK(dense_error({}, {1}) < 1);
  CHECK(dense_error({}, {70001}) < 1);          // all, in blocks
  CHECK(dense_error({1, 1}, {300, 517}) < 1);   // all, axes kept
  CHECK(dense_error({5, 1}, {5, 10000}) < 1);   // long rows
  CHECK(dense_error({2000, 1}, {2000, 3}) < 1); // short rows
  CHECK(dense_error({33}, {1000, 33}) < 1);     // a bias
  CHECK(dense_error({3, 1, 257}, {3, 300, 257}) < 1);
  CHECK(dense_error({1, 4, 1, 5}, {2, 4, 300, 5}) < 1);
  CHECK(dense_error({4, 1}, {3, 4, 1000}) < 1);
  CHECK(dense_error({2, 3}, {2, 3}) < 1);
  CHECK(dense_error({2, 3}, {1, 2, 3}) < 1);
  CHECK(dense_error({3}, {0, 3}) == 0);
  CHECK(dense_error({0}, {4, 0}) == 0);
}

TEST_CASE("sum_to follows strides, adds, and widens") {
  CHECK(sum_error<double>({4, 1}, {4, 600}, {1, 4}, 2400) < 1);
  CHECK(sum_error<double>({600}, {4, 600}, {1, 4}, 2400) < 1);
  CHECK(sum_error<double>({}, {4, 600}, {0, 2}, 1200) < 1);
  CHECK(sum_error<float>({7}, {31, 7}, {7, 1}, 217, true) < 1);
  CHECK(sum_error<bf16, float>({7}, {31, 7}, {7, 1}, 217, true) < 1);
  CHECK(sum_error<bf16>({31, 1}, {31, 7}, {7, 1}, 217) < 1);
}

TEST_CASE("integers and masks are counted exactly") {
  std::vector<std::int32_t> x(1000, 3);
  std::int32_t sum = 0;
  sum_to(Cpu{}, View<std::int32_t>{&sum, {}, 1}, StridedView<std::int32_t>{x.data(), {1000}, {1}});
  CHECK(sum == 3000);
  bool mask[37] = {};
  for (int i = 0; i < 37; i += 4) mask[i] = true;
  std::int64_t count = 0;
  sum_to(Cpu{}, View<std::int64_t>{&count, {}, 1}, StridedView<const bool>{mask, {37}, {1}});
  CHECK(count == 10);
}

TEST_CASE("sum_map maps before it sums and scales after") {
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  std::vector<float> y(2);
  sum_map(Cpu{}, [](auto v) { return v * v; }, GradView<float>{{y.data(), {2, 1}, 1}},
          StridedView<const float>{x.data(), {2, 3}, {3, 1}}, 0.5);
  CHECK(y == std::vector<float>{7, 38.5f});
}

TEST_CASE("a long sum of equal floats keeps its digits") {
  const std::int64_t n = std::int64_t{1} << 24;
  const float x = 0.1f;
  float y = 0;
  sum_to(Cpu{}, View<float>{&y, {}, 1}, StridedView<const float>{&x, {n}, {0}});
  CHECK(y == doctest::Approx(double(x) * double(n)).epsilon(1e-5));  // added one by one it is off by 0.5
}

TEST_CASE("sums do not depend on the number of threads") {
  const std::int64_t rows = 3001, C = 257;
  std::vector<float> x;
  for (std::int64_t i = 0; i < rows * C; ++i) x.push_back(random_uniform(Key{9}, i) - 0.5f);
  const StridedView<const float> view{x.data(), {rows, C}, {C, 1}};
  const int before = threads();
  std::vector<std::vector<float>> results;
  for (int count : {1, 2, 3}) {
    set_threads(count);
    std::vector<float> y(rows + C + 1);
    sum_to(Cpu{}, View<float>{y.data(), {rows, 1}, 1}, view);
    sum_to(Cpu{}, View<float>{y.data() + rows, {C}, C}, view);
    sum_to(Cpu{}, View<float>{y.data() + rows + C, {}, 1}, view);
    results.push_back(y);
  }
  set_threads(before);
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("extremum finds the first of the largest and of the smallest") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x{1, 5, 7, 2, 7, 0, /**/ 3, nan, -1, nan, 2, 4};  // (2, 3, 2)
  std::vector<float> y(4);
  std::vector<std::int32_t> at(4);
  extremum(Cpu{}, View<float>{y.data(), {2, 2}, 2}, View<std::int32_t>{at.data(), {2, 2}, 2},
           View<const float>{x.data(), {2, 3, 2}, 2}, 1);
  CHECK(at == std::vector<std::int32_t>{1, 0, 0, 0});
  CHECK(y[0] == 7);
  CHECK(y[1] == 5);
  CHECK(y[2] == 3);
  CHECK(std::isnan(y[3]));
  extremum(Cpu{}, View<float>{y.data(), {2, 2}, 2}, View<std::int32_t>{}, View<const float>{x.data(), {2, 3, 2}, 2},
           -1);
  CHECK(y[0] == 1);
  CHECK(y[1] == 0);
  CHECK(y[2] == -1);
}
