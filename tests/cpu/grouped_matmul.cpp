// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/grouped_matmul.hpp>
#include <hadal/cpu/strided.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "support/array.hpp"

using namespace hadal;
using test::random_values;

namespace {

template <class T>
View<T> dense(T* data, Shape shape) {
  return {data, shape, shape.columns()};
}

}  // namespace

TEST_CASE("grouped_linear: equals one product per group, bit for bit, on any number of threads") {
  constexpr std::int64_t groups = 5, in = 130, out = 70;
  const std::vector<std::int32_t> offsets{0, 3, 3, 300, 413, 414};  // one group is empty
  const std::int64_t n = offsets.back();
  const auto x = random_values<float>(n * in, 1), w = random_values<float>(groups * out * in, 2),
             dy = random_values<float>(n * out, 3);
  const auto x_view = dense(x.data(), {n, in}), dy_view = dense(dy.data(), {n, out});
  const auto w_view = cpu::strided(dense(w.data(), {groups, out, in}));
  const auto o_view = dense(offsets.data(), {groups + 1});
  const int before = threads();
  for (int count : {1, 3}) {
    set_threads(count);
    for (bool add : {false, true}) {
      CAPTURE(add);
      auto y = random_values<float>(n * out, 4), dx = random_values<float>(n * in, 5),
           dw = random_values<float>(groups * out * in, 6);
      auto y1 = y, dx1 = dx, dw1 = dw;
      cpu::grouped_linear_forward<float, float, float>(Cpu{}, dense(y.data(), {n, out}), x_view, w_view, o_view);
      cpu::grouped_linear_backward_input<float, float, float>(Cpu{}, {dense(dx.data(), {n, in}), add}, dy_view, w_view,
                                                              o_view);
      cpu::grouped_linear_backward_weight<float, float, float>(Cpu{}, {dense(dw.data(), {groups, out, in}), add},
                                                               dy_view, x_view, o_view);
      for (std::int64_t e = 0; e < groups; ++e) {
        const std::int64_t first = offsets[e], rows = offsets[e + 1] - first;
        const auto xe = cpu::dense_matrix(x.data() + first * in, rows, in);
        const auto dye = cpu::dense_matrix(dy.data() + first * out, rows, out);
        const auto we = cpu::dense_matrix(w.data() + e * out * in, out, in);
        cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(y1.data() + first * out, rows, out), xe,
                                         we.transposed(), false);
        cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(dx1.data() + first * in, rows, in), dye, we, add);
        cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(dw1.data() + e * out * in, out, in), dye.transposed(),
                                         xe, add);
      }
      CHECK(std::memcmp(y.data(), y1.data(), y.size() * sizeof(float)) == 0);
      CHECK(std::memcmp(dx.data(), dx1.data(), dx.size() * sizeof(float)) == 0);
      CHECK(std::memcmp(dw.data(), dw1.data(), dw.size() * sizeof(float)) == 0);
    }
  }
  set_threads(before);
}

TEST_CASE("grouped products: an epilogue meets every piece once, after all products of its group") {
  // Two products a group, of 0, 90 and 40 rows: C_0 = X W_0, C_1 = X W_1, then D = C_0 - C_1.
  constexpr std::int64_t groups = 3, in = 300, out = 50;
  const std::int64_t first[groups + 1] = {0, 0, 90, 130}, n = first[groups];
  const auto x = random_values<float>(n * in, 1), w = random_values<float>(2 * groups * in * out, 2);
  const int before = threads();
  for (int count : {1, 3}) {
    set_threads(count);
    std::vector<float> c(static_cast<std::size_t>(2 * n * out)), d(static_cast<std::size_t>(n * out), 100.0f);
    const auto result = [&](std::int64_t g, std::int64_t q) {
      return cpu::dense_matrix(c.data() + (q * n + first[g]) * out, first[g + 1] - first[g], out);
    };
    const auto operands = [&](std::int64_t g, std::int64_t q) {
      return cpu::detail::Operands<float, float, float>{
          result(g, q), cpu::dense_matrix(x.data() + first[g] * in, first[g + 1] - first[g], in),
          cpu::dense_matrix(w.data() + (2 * g + q) * in * out, in, out)};
    };
    const auto end = [&](const cpu::Piece& p) {
      for (std::int64_t i = p.row; i < p.row + p.rows; ++i)
        for (std::int64_t j = p.column; j < p.column + p.columns; ++j)
          d[static_cast<std::size_t>((first[p.product] + i) * out + j)] +=
              result(p.product, 0).at(i, j) - result(p.product, 1).at(i, j) - 100.0f;
    };
    const auto of_number = [&](std::int64_t i) { return operands(i / 2, i % 2); };
    cpu::detail::grouped_products<float>(groups, false, of_number, cpu::epilogue(end, 2));
    std::vector<float> alone(c.size());
    for (std::int64_t i = 0; i < 2 * groups; ++i) {
      auto p = of_number(i);
      p.c.data = alone.data() + (p.c.data - c.data());
      cpu::matmul(Cpu{}, p.c, p.a, p.b, false);
    }
    CHECK(c == alone);
    bool right = true;
    for (std::size_t i = 0; i < d.size(); ++i) right = right && d[i] == 100.0f + (c[i] - c[d.size() + i] - 100.0f);
    CHECK(right);
  }
  set_threads(before);
}

TEST_CASE("grouped_linear: against plain sums, with half-width weights and a gap between rows") {
  constexpr std::int64_t groups = 2, in = 3, out = 2, n = 4;
  const std::int32_t offsets[] = {0, 1, 4};
  const float x[n * (in + 1)] = {1, 2, 3, 99, 4, 5, 6, 99, 7, 8, 9, 99, -1, 0, 1, 99};
  std::vector<bf16> w;
  for (int i = 1; i <= groups * out * in; ++i) w.push_back(bf16(static_cast<float>(i)));
  float y[n * out];
  cpu::grouped_linear_forward<float, float, bf16>(Cpu{}, dense(y, {n, out}), View<const float>{x, {n, in}, in + 1},
                                                  cpu::strided(dense<const bf16>(w.data(), {groups, out, in})),
                                                  dense(offsets, {groups + 1}));
  const float expected[] = {1 * 1 + 2 * 2 + 3 * 3,
                            4 * 1 + 5 * 2 + 6 * 3,
                            7 * 4 + 8 * 5 + 9 * 6,
                            10 * 4 + 11 * 5 + 12 * 6,
                            7 * 7 + 8 * 8 + 9 * 9,
                            10 * 7 + 11 * 8 + 12 * 9,
                            -7 + 9,
                            -10 + 12};
  for (int i = 0; i < n * out; ++i) CHECK(y[i] == expected[i]);
}

TEST_CASE("grouped_linear: offsets that do not cut the rows are refused") {
  const float x[6] = {}, w[4] = {};
  float y[6];
  const auto call = [&](std::vector<std::int32_t> offsets) {
    cpu::grouped_linear_forward<float, float, float>(Cpu{}, dense(y, {3, 1}), dense(x, {3, 2}),
                                                     cpu::strided(dense(w, {2, 1, 2})),
                                                     dense<const std::int32_t>(offsets.data(), {3}));
  };
  CHECK_THROWS_WITH_AS(call({0, 1, 2}), "grouped_linear: offsets must go from 0 to the 3 rows, got 0 to 2", IndexError);
  CHECK_THROWS_WITH_AS(call({0, 4, 3}), "grouped_linear: offsets must not descend, got 4 then 3 at group 1",
                       IndexError);
}
