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

TEST_CASE("linear_cross_entropy: the mean and its gradients are the sum's over the targets that count") {
  const Array<float> x = random_array<float>({6, 5}, 1), w = random_array<float>({9, 5}, 2);
  Array<std::int32_t> list({6});
  list.values = {1, -100, 8, 0, -100, 3};
  const Array<std::int32_t>& targets = list;
  Array<float> loss[2]{Array<float>({1}), Array<float>({1})};
  Array<float> dx[2]{Array<float>({6, 5}), Array<float>({6, 5})}, dw[2]{Array<float>({9, 5}), Array<float>({9, 5})};
  for (const int mean : {0, 1})
    cpu::linear_cross_entropy_forward(Cpu{}, loss[mean].view(), dx[mean].grad(), dw[mean].grad(), x.view(), w.view(),
                                      targets.view(), -100, mean == 1);
  CHECK(loss[1](0, 0) == doctest::Approx(loss[0](0, 0) / 4).epsilon(1e-6));
  const auto quarter = [](Array<float> a) {
    for (float& v : a.values) v /= 4;
    return a.values;
  };
  CHECK(quarter(dx[0]) == dx[1].values);
  CHECK(quarter(dw[0]) == dw[1].values);
}

TEST_CASE("linear_cross_entropy: the backward scales what the forward left") {
  const Array<float> value = random_array<float>({3, 5}, 3);
  Array<float> out({3, 5}), one({1});
  const auto backward = [&](View<const float> from, float dloss) {
    one.values[0] = dloss;
    cpu::linear_cross_entropy_backward(Cpu{}, out.view(), from, View<const float>(one.view()));
  };
  backward(value.view(), 1);
  CHECK(out.values == value.values);
  backward(out.view(), 0.5f);
  CHECK(out(1, 2) == value(1, 2) / 2);
  backward(out.view(), 1);
  CHECK(out(1, 2) == value(1, 2) / 2);
}
