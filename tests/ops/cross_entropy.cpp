// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/cross_entropy.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

TEST_CASE("cross_entropy: values and gradients in double") {
  for (std::int64_t classes : {1, 5, 19}) {
    auto logits = Tensor<double>::normal({2, 2, classes}, Key{1}, 0, 2).set_requires_grad();
    const auto last = static_cast<std::int32_t>(classes - 1);
    const auto targets = Tensor<std::int32_t>::from({0, -100, last, last / 2}, {2, 2});
    const auto x = logits.to_vector();
    const auto t = targets.to_vector();
    double mean = 0;
    for (std::size_t r = 0; r < 4; ++r) {
      if (t[r] < 0) continue;
      const double* row = x.data() + r * static_cast<std::size_t>(classes);
      double total = 0;
      for (std::int64_t c = 0; c < classes; ++c) total += std::exp(row[c]);
      mean += (std::log(total) - row[t[r]]) / 3;
    }
    const auto f = [&] { return cross_entropy(logits, targets); };
    CHECK(f().shape() == Shape{});
    CHECK(f().item() == doctest::Approx(mean).epsilon(1e-13));
    CHECK(grad_error(f, std::vector{logits}) < 1e-6);
    CHECK(grad_error(f, std::vector{logits}, Difference::richardson) < 1e-9);
  }
}

TEST_CASE("cross_entropy: strided logits and targets") {
  auto logits = Tensor<double>::normal({6, 8}, Key{2}).set_requires_grad();
  const auto targets = Tensor<std::int32_t>::from({0, 1, 2, 3, 4, 0, 1, 2}, {2, 4}).transpose().select(1, 1);
  const auto cut = [&] { return cross_entropy(logits.slice(1, 2, 7).slice(0, 0, 4), targets); };
  const auto turned = [&] { return cross_entropy(logits.transpose().slice(0, 0, 4), targets); };
  CHECK(grad_error(cut, std::vector{logits}) < 1e-6);
  CHECK(grad_error(turned, std::vector{logits}) < 1e-6);
}

TEST_CASE("cross_entropy: rows are the losses of the mean") {
  const auto logits = Tensor<float>::normal({4, 9}, Key{3});
  const auto targets = Tensor<std::int32_t>::from({8, 0, 2, 3}, {4});
  const auto rows = cross_entropy_rows(logits, targets, 2).to_vector();
  CHECK(rows[2] == 0);
  CHECK(cross_entropy(logits, targets, 2).item() == doctest::Approx((rows[0] + rows[1] + rows[3]) / 3).epsilon(1e-6));
}

TEST_CASE("cross_entropy: nothing but ignored targets gives 0 and a gradient of 0") {
  auto logits = Tensor<float>::normal({2, 5}, Key{4}).set_requires_grad();
  auto loss = cross_entropy(logits, Tensor<std::int32_t>::full({2}, -100));
  CHECK(loss.item() == 0);
  loss.backward();
  for (float g : logits.grad().to_vector()) CHECK(g == 0);
}

TEST_CASE("cross_entropy: half-width logits give a float loss") {
  auto logits = Tensor<bf16>::normal({3, 33}, Key{5}).set_requires_grad();
  const auto targets = Tensor<std::int32_t>::from({1, 32, 7}, {3});
  const Tensor<float> loss = cross_entropy(logits, targets);
  const auto v = logits.to_vector();
  auto wide = Tensor<double>::from(std::vector<double>(v.begin(), v.end()), {3, 33}).set_requires_grad();
  const auto exact = cross_entropy(wide, targets);
  CHECK(loss.item() == doctest::Approx(exact.item()).epsilon(1e-6));
  loss.backward();
  exact.backward();
  const auto got = logits.grad().to_vector();
  const auto expected = wide.grad().to_vector();
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(std::abs(got[i] - expected[i]) <= 0x1.1p-8 * std::abs(expected[i]));
}

TEST_CASE("cross_entropy: errors name targets and shapes") {
  const auto logits = Tensor<float>::ones({2, 5});
  CHECK_THROWS_WITH_AS(cross_entropy(logits, Tensor<std::int32_t>::from({4, 5}, {2})),
                       "cross_entropy: target 5 at position 1 is out of range for 5 classes", IndexError);
  CHECK_THROWS_WITH_AS(cross_entropy(logits, Tensor<std::int32_t>::from({4}, {1})),
                       "cross_entropy: targets must have the shape of logits (2, 5) without its last axis, got (1)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(cross_entropy_rows(Tensor<float>::ones({2, 0}), Tensor<std::int32_t>::from({4, 5}, {2})),
                       "cross_entropy_rows: logits must have a last axis of at least 1, got (2, 0)", ShapeError);
}

TEST_CASE("log_sum_exp_rows: less a row's logit it is that target's loss, bit for bit") {
  const auto logits = Tensor<float>::normal({2, 3, 37}, Key{6}, 0, 4);
  const auto lse = log_sum_exp_rows(logits);
  CHECK(lse.shape() == Shape{2, 3});
  for (const std::int32_t t : {0, 36}) {
    const auto losses = cross_entropy_rows(logits, Tensor<std::int32_t>::full({2, 3}, t)).to_vector();
    for (std::int64_t i = 0; i < 6; ++i)
      CHECK(lse.at({i / 3, i % 3}) - logits.at({i / 3, i % 3, t}) == losses[static_cast<std::size_t>(i)]);
  }
  CHECK_THROWS_WITH_AS(log_sum_exp_rows(Tensor<float>::ones({2, 0})),
                       "log_sum_exp_rows: logits must have a last axis of at least 1, got (2, 0)", ShapeError);
}
