// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/cross_entropy.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE_TEMPLATE("cross_entropy: losses, mean and gradient against plain loops", T, float, double, bf16, half) {
  using A = Accumulator<T>;
  for (std::int64_t classes : {1, 7, 50}) {
    const std::int64_t n = 5;
    const Array<T> logits = random_array<T>({n, classes}, 1, 5, 3);
    Array<std::int32_t> list({n});
    list.values = {0, static_cast<std::int32_t>(classes - 1), -100, static_cast<std::int32_t>(classes / 2), -100};
    const Array<std::int32_t>& targets = list;
    Array<double> losses({n}), dlogits({n, classes});
    double mean = 0;
    for (std::int64_t r = 0; r < n; ++r) {
      const std::int32_t target = list.values[static_cast<std::size_t>(r)];
      if (target == -100) continue;
      double total = 0;
      for (std::int64_t c = 0; c < classes; ++c) total += std::exp(logits(r, c));
      losses.at(0, r) = std::log(total) - logits(r, target);
      mean += losses(0, r) / 3;
      for (std::int64_t c = 0; c < classes; ++c)
        dlogits.at(r, c) = (std::exp(logits(r, c)) / total - (c == target ? 1 : 0)) * 0.7 / 3;
    }
    Array<A> rows({n}), lse({n}), loss({1}), dloss({1});
    dloss.values[0] = A(0.7);
    cpu::cross_entropy_rows_forward(Cpu{}, rows.view(), lse.view(), logits.view(), targets.view(), -100);
    const Array<A>&rows_in = rows, &lse_in = lse, &dloss_in = dloss;
    cpu::cross_entropy_mean(Cpu{}, loss.view(), rows_in.view(), targets.view(), -100);
    CHECK(std::abs(loss(0, 0) - mean) < 40 * rounding<A>);
    for (std::int64_t r = 0; r < n; ++r) CHECK(std::abs(rows(0, r) - losses(0, r)) < 40 * rounding<A>);

    for (bool add : {false, true}) {
      Array<T> dx({n, classes}, 1);
      for (T& v : dx.values) v = T(0.25f);
      cpu::cross_entropy_backward(Cpu{}, dx.grad(add), dloss_in.view(), logits.view(), lse_in.view(), targets.view(),
                                  -100);
      for (std::int64_t r = 0; r < n; ++r)
        for (std::int64_t c = 0; c < classes; ++c)
          CHECK(std::abs(dx(r, c) - dlogits(r, c) - (add ? 0.25 : 0)) < tolerance<T>(20) / 2);
    }
  }
}

TEST_CASE("cross_entropy: nothing but ignored targets is a loss of 0 with no gradient") {
  const Array<float> logits = random_array<float>({2, 5}, 1);
  Array<std::int32_t> list({2});
  list.values = {3, 3};
  const Array<std::int32_t>& targets = list;
  Array<float> rows({2}), lse({2}), loss({1}), dx({2, 5});
  cpu::cross_entropy_rows_forward(Cpu{}, rows.view(), lse.view(), logits.view(), targets.view(), 3);
  const Array<float>&rows_in = rows, &lse_in = lse;
  Array<float> one({1});
  one.values[0] = 1;
  loss.values[0] = 9;
  for (float& v : dx.values) v = 9;
  cpu::cross_entropy_mean(Cpu{}, loss.view(), rows_in.view(), targets.view(), 3);
  cpu::cross_entropy_backward(Cpu{}, dx.grad(), View<const float>(one.view()), logits.view(), lse_in.view(),
                              targets.view(), 3);
  CHECK(loss.values[0] == 0);
  CHECK(std::count(dx.values.begin(), dx.values.end(), 0.0f) == 10);
}

TEST_CASE("cross_entropy: a sure and right prediction loses nothing, a far one does not overflow") {
  Array<float> list({1, 40});
  list.at(0, 3) = 1e4f;
  const Array<float>& logits = list;
  Array<float> rows({1}), lse({1});
  Array<std::int32_t> target({1});
  for (std::int32_t t : {3, 4}) {
    target.values[0] = t;
    cpu::cross_entropy_rows_forward(Cpu{}, rows.view(), lse.view(), logits.view(),
                                    View<const std::int32_t>(target.view()), -100);
    CHECK(rows.values[0] == (t == 3 ? 0.0f : 1e4f));
  }
}

TEST_CASE("cross_entropy: a target outside the classes is an error") {
  const Array<float> logits({2, 5});
  Array<float> rows({2}), lse({2});
  Array<std::int32_t> targets({2});
  targets.values = {-100, -1};
  CHECK_THROWS_WITH_AS(cpu::cross_entropy_rows_forward(Cpu{}, rows.view(), lse.view(), logits.view(),
                                                       View<const std::int32_t>(targets.view()), -100),
                       "cross_entropy: target -1 at position 1 is out of range for 5 classes", IndexError);
}
