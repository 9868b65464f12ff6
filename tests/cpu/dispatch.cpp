// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/dispatch.hpp>

#include <hadal/core/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace dispatch_kernel_test {
using namespace hadal;
using Ints = std::vector<std::int32_t>;

template <class T>
View<T> view(std::vector<T>& v, const Shape& s) { return {v.data(), s, s.columns()}; }
template <class T>
View<const T> view(const std::vector<T>& v, const Shape& s) { return {v.data(), s, s.columns()}; }

struct Plan {
  Ints offsets, slot_of;
};
Plan plan(const Ints& indices, std::int64_t k, std::int64_t experts) {
  const auto pairs = static_cast<std::int64_t>(indices.size());
  Plan p{Ints(static_cast<std::size_t>(experts + 1)), Ints(indices.size())};
  cpu::plan_experts_forward(Cpu{}, view(p.offsets, {experts + 1}), view(p.slot_of, {pairs / k, k}),
                            view(indices, {pairs / k, k}));
  return p;
}

/// K distinct experts per token, from a few favourites.
Ints random_choice(std::int64_t tokens, std::int64_t k, std::int64_t experts, std::uint64_t seed) {
  Ints indices;
  for (std::int64_t n = 0; n < tokens; ++n) {
    Ints order(static_cast<std::size_t>(experts));
    std::iota(order.begin(), order.end(), 0);
    for (std::int64_t i = 0; i < k; ++i) {
      const auto at = i + static_cast<std::int64_t>(random_below(Key{seed}, static_cast<std::uint64_t>(n * k + i),
                                                                 static_cast<std::uint64_t>((experts - i + 1) / 2)));
      std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(at)]);
      indices.push_back(order[static_cast<std::size_t>(i)]);
    }
  }
  return indices;
}

template <class T>
std::vector<T> random_values(std::int64_t n, std::uint64_t seed) {
  std::vector<T> v;
  for (std::int64_t i = 0; i < n; ++i)
    v.push_back(static_cast<T>(random_normal(Key{seed}, static_cast<std::uint64_t>(i))));
  return v;
}

TEST_CASE("a plan sorts pairs by expert, in the order of tokens") {
  const Plan p = plan({2, 0, /**/ 0, 3, /**/ 2, 3}, 2, 5);
  CHECK(p.offsets == Ints{0, 2, 2, 4, 6, 6});
  CHECK(p.slot_of == Ints{2, 0, 1, 4, 3, 5});
}

TEST_CASE("plans over several blocks of tokens are the stable sort") {
  const std::int64_t tokens = 5000, k = 3, experts = 7;
  const Ints indices = random_choice(tokens, k, experts, 1);
  Ints order(indices.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return indices[static_cast<std::size_t>(a)] < indices[static_cast<std::size_t>(b)];
  });
  const Plan p = plan(indices, k, experts);
  for (std::size_t m = 0; m < order.size(); ++m)
    REQUIRE(p.slot_of[static_cast<std::size_t>(order[m])] == static_cast<std::int32_t>(m));
  for (std::int32_t e = 0; e <= experts; ++e)
    CHECK(p.offsets[static_cast<std::size_t>(e)] ==
          std::count_if(indices.begin(), indices.end(), [&](auto i) { return i < e; }));
}

TEST_CASE("an expert that does not exist is an error") {
  CHECK_THROWS_WITH_AS(plan({0, 1, 5, 0}, 2, 3), "plan_experts: token 1 chooses expert 5 of 3", IndexError);
  CHECK_THROWS_AS(plan({0, -1}, 2, 3), IndexError);
}

/// The kernels against loops in double, with gradients kept in G. `unit` is the rounding of the storage.
template <class T, class G>
void check_rows(std::int64_t tokens, std::int64_t k, std::int64_t experts, std::int64_t columns, double unit) {
  CAPTURE(tokens);
  CAPTURE(k);
  CAPTURE(columns);
  using A = Accumulator<T>;
  const Plan p = plan(random_choice(tokens, k, experts, 2), k, experts);
  const std::int64_t m = tokens * k;
  const View<const std::int32_t> slots = view(p.slot_of, {tokens, k});
  const auto slot = [&](std::int64_t n, std::int64_t i) { return p.slot_of[static_cast<std::size_t>(n * k + i)]; };
  const auto at = [&](const auto& v, std::int64_t r, std::int64_t c) {
    return static_cast<double>(v[static_cast<std::size_t>(r * columns + c)]);
  };
  const auto x = random_values<T>(tokens * columns, 3), rows = random_values<T>(m * columns, 4);
  const auto weights = random_values<A>(m, 5);
  const auto terms = static_cast<double>(k);

  std::vector<T> sent(static_cast<std::size_t>(m * columns)), y(static_cast<std::size_t>(tokens * columns));
  cpu::dispatch_forward(Cpu{}, view(sent, {m, columns}), view(x, {tokens, columns}), slots);
  cpu::combine_forward(Cpu{}, view(y, {tokens, columns}), view(rows, {m, columns}), view(weights, {tokens, k}), slots);
  for (const bool add : {false, true}) {
    auto dx = random_values<G>(tokens * columns, 6), drows = random_values<G>(m * columns, 7);
    auto dweights = random_values<A>(m, 8);
    const auto dx0 = dx, drows0 = drows;
    const auto dweights0 = dweights;
    cpu::dispatch_backward(Cpu{}, GradView<G>{view(dx, {tokens, columns}), add}, view(rows, {m, columns}), slots);
    cpu::combine_backward(Cpu{}, GradView<G>{view(drows, {m, columns}), add},
                          GradView<A>{view(dweights, {tokens, k}), add}, view(x, {tokens, columns}),
                          view(rows, {m, columns}), view(weights, {tokens, k}), slots);
    const double keep = add ? 1 : 0;
    for (std::int64_t n = 0; n < tokens; ++n) {
      for (std::int64_t c = 0; c < columns; ++c) {
        double sum = keep * at(dx0, n, c), mixed = 0, size = std::abs(sum) + 1;
        for (std::int64_t i = 0; i < k; ++i) {
          const double w = static_cast<double>(weights[static_cast<std::size_t>(n * k + i)]);
          sum += at(rows, slot(n, i), c);
          mixed += w * at(rows, slot(n, i), c);
          size += (1 + std::abs(w)) * std::abs(at(rows, slot(n, i), c));
          REQUIRE(at(sent, slot(n, i), c) == at(x, n, c));
          const double before = keep * at(drows0, slot(n, i), c), added = w * at(x, n, c);
          REQUIRE(std::abs(at(drows, slot(n, i), c) - before - added) <=
                  2 * unit * (std::abs(before) + std::abs(added)));
        }
        REQUIRE(std::abs(at(dx, n, c) - sum) <= (terms + 1) * unit * size);
        REQUIRE(std::abs(at(y, n, c) - mixed) <= (terms + 1) * unit * size);
      }
      for (std::int64_t i = 0; i < k; ++i) {
        double product = keep * static_cast<double>(dweights0[static_cast<std::size_t>(n * k + i)]),
               size = std::abs(product);
        for (std::int64_t c = 0; c < columns; ++c) {
          product += at(x, n, c) * at(rows, slot(n, i), c);
          size += std::abs(at(x, n, c) * at(rows, slot(n, i), c));
        }
        REQUIRE(std::abs(static_cast<double>(dweights[static_cast<std::size_t>(n * k + i)]) - product) <=
                static_cast<double>(columns + 1) * 0x1p-24 * size);
      }
    }
  }
}

TEST_CASE("rows go out, come back weighted, and so do their gradients") {
  for (const std::int64_t columns : {1, 19, 64}) {
    check_rows<float, float>(5, 2, 4, columns, 0x1p-24);
    check_rows<double, double>(3, 3, 3, columns, 0x1p-53);
  }
  check_rows<bf16, bf16>(5, 2, 4, 37, 0x1p-8);
  check_rows<bf16, float>(5, 1, 4, 37, 0x1p-8);
  check_rows<half, half>(1, 2, 4, 37, 0x1p-11);
  check_rows<float, float>(1100, 4, 6, 67, 0x1p-24);  // enough for several threads
}

TEST_CASE("gradients that nobody wants are not touched, and empty batches are no work") {
  const std::vector<float> one = {2.0f};
  const Ints slot = {0};
  float d = 0;
  cpu::combine_backward(Cpu{}, GradView<float>{}, GradView<float>{{&d, {1, 1}, 1}, false}, view(one, {1, 1}),
                        view(one, {1, 1}), view(one, {1, 1}), view(slot, {1, 1}));
  CHECK(d == 4.0f);
  cpu::combine_backward(Cpu{}, GradView<float>{{&d, {1, 1}, 1}, true}, GradView<float>{}, view(one, {1, 1}),
                        view(one, {1, 1}), view(one, {1, 1}), view(slot, {1, 1}));
  CHECK(d == 8.0f);
  CHECK(plan({}, 2, 3).offsets == Ints{0, 0, 0, 0});
}

}  // namespace dispatch_kernel_test
