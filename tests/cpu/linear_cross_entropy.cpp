// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/linear_cross_entropy.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE("linear_cross_entropy: the rows at hand follow from the vocabulary alone and stay in bounds") {
  CHECK(cpu::detail::logit_rows(1) == 512);
  CHECK(cpu::detail::logit_rows(8192) == 512);
  CHECK(cpu::detail::logit_rows(129280) == 256);
}

TEST_CASE("linear_cross_entropy: sums, gradients on top of others, and any number of threads") {
  const std::int64_t n = 600, width = 9, classes = 70;
  const Array<float> x = random_array<float>({n, width}, 1, 1, 2), w = random_array<float>({classes, width}, 2);
  Array<std::int32_t> list({n});
  for (std::size_t i = 0; i < list.values.size(); ++i) list.values[i] = static_cast<std::int32_t>(i % 71) - 1;
  const Array<std::int32_t>& targets = list;

  Array<double> dx({n, width}), dw({classes, width});
  for (double& v : dw.values) v = 0.5;
  double loss = 0;
  for (std::int64_t r = 0; r < n; ++r) {
    const std::int32_t target = list.values[static_cast<std::size_t>(r)];
    if (target == -1) continue;
    std::vector<double> p(static_cast<std::size_t>(classes));
    double total = 0;
    for (std::int64_t v = 0; v < classes; ++v) {
      double dot = 0;
      for (std::int64_t c = 0; c < width; ++c) dot += x(r, c) * w(v, c);
      if (v == target) loss -= dot;
      total += p[static_cast<std::size_t>(v)] = std::exp(dot);
    }
    loss += std::log(total);
    for (std::int64_t v = 0; v < classes; ++v) {
      const double d = p[static_cast<std::size_t>(v)] / total - (v == target ? 1 : 0);
      for (std::int64_t c = 0; c < width; ++c) {
        dx.at(r, c) += d * w(v, c);
        dw.at(v, c) += d * x(r, c);
      }
    }
  }

  const int threads_before = threads();
  std::vector<float> results[2];
  for (int i = 0; i < 2; ++i) {
    set_threads(i == 0 ? 1 : 3);
    Array<float> sum({1}), gx({n, width}), gw({classes, width});
    for (float& v : gw.values) v = 0.5f;
    cpu::linear_cross_entropy_forward(Cpu{}, sum.view(), gx.grad(), gw.grad(true), x.view(), w.view(), targets.view(),
                                      -1, false);
    CHECK(sum(0, 0) == doctest::Approx(loss).epsilon(1e-6));
    CHECK(relative_error(gx, dx) < 1e-5);
    CHECK(relative_error(gw, dw) < 1e-5);
    results[i] = gw.values;
    results[i].insert(results[i].end(), gx.values.begin(), gx.values.end());
    results[i].push_back(sum.values[0]);
  }
  set_threads(threads_before);
  CHECK(results[0] == results[1]);
}

TEST_CASE("linear_cross_entropy: the backward scales what the forward left") {
  const Array<float> value = random_array<float>({3, 5}, 3);
  Array<float> out({3, 5}), one({1});
  one.values[0] = 0.5f;
  Array<std::int32_t> targets({4});
  targets.values = {1, 2, -100, 0};
  const auto backward = [&](View<const float> from, bool mean) {
    cpu::linear_cross_entropy_backward(Cpu{}, out.view(), from, View<const float>(one.view()),
                                       View<const std::int32_t>(targets.view()), -100, mean);
  };
  backward(value.view(), true);
  CHECK(out(1, 2) == doctest::Approx(value(1, 2) / 6).epsilon(1e-6));
  backward(out.view(), false);
  CHECK(out(1, 2) == doctest::Approx(value(1, 2) / 12).epsilon(1e-6));
}
