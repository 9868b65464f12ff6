// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/linear.hpp>
#include <hadal/train/profiler.hpp>
#include <hadal/train/step.hpp>

// labels: tsan

using namespace hadal;

namespace {

struct Model {
  Tensor<float> w = Tensor<float>::from({1, 2, 3}, {1, 3});
  Tensor<float> other = Tensor<float>::ones({1, 1});
  static void visit(auto&& v, auto&... m) {
    v("layer.w", m.w...);
    v("layer.other", m.other...);
  }
  /// other * (x . w), one number
  Tensor<float> operator()(const Tensor<float>& x) const { return linear(linear(x, w), other).reshape({}); }
};
Model model() {
  Model m;
  trainable(m);
  return m;
}
Optimizer plain(const Model& m) { return make_optimizer(m, {ParameterGroup{Sgd{}, 1, 0, {}, {}}}); }
const float inputs_[][3] = {{1, 0, 2}, {3, -1, 0}};
Tensor<float> input(int i) { return Tensor<float>::from(inputs_[i], 3, {1, 3}); }
template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const NumericError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("train_step averages the gradients of micro-batches, clips and steps") {
  Model m = model();
  Optimizer o = plain(m);
  const StepResult r = train_step(m, o, {0.5, 2, 0}, [&](int i) { return m(input(i)); });
  CHECK(r.loss == (7 + 1) / 2.0);
  // d loss / d w = mean of x = (2, -1/2, 1);  d loss / d other = mean of x . w = 4
  CHECK(r.gradient_norm == doctest::Approx(std::sqrt(4 + 0.25 + 1 + 16)));
  CHECK(m.w.to_vector() == std::vector<float>{0, 2.25f, 2.5f});
  CHECK(m.other.item() == -1);
  CHECK(!m.w.grad().defined());

  Model n = model();
  Optimizer p = plain(n);
  const StepResult c = train_step(n, p, {0.5, 2, 0.1}, [&](int i) { return n(input(i)); });
  CHECK(c.gradient_norm == r.gradient_norm);
  CHECK(n.other.item() == doctest::Approx(1 - 0.5 * 4 * 0.1 / r.gradient_norm));
}

TEST_CASE("train_step: bad numbers stop it before anything changes, and are traced to where they began") {
  const float inf = std::numeric_limits<float>::infinity();
  Model m = model();
  Optimizer o = plain(m);
  const auto before = m.other.item();
  const auto step = [&](const Tensor<float>& x) {
    return message([&] { train_step(m, o, {0.5, 2, 1}, [&](int i) { return m(i == 0 ? input(0) : x); }); });
  };
  const std::string in_op = step(Tensor<float>::from({1, inf, 1}, {1, 3}));
  CHECK(in_op.starts_with("train_step: the loss of micro-batch 1 is inf; first in linear: the result"));
  // A finite loss whose gradient overflows: 1e30 * 1e30 in the gradient of w.
  m.other = Tensor<float>::full({1, 1}, 1e30).set_requires_grad();
  m.w = Tensor<float>::full({1, 3}, 0).set_requires_grad();
  Optimizer p = plain(m);
  const std::string in_backward = message([&] {
    train_step(m, p, {0.5, 1, 1}, [&](int) { return m(Tensor<float>::full({1, 3}, 1e30)); });
  });
  CHECK(in_backward.starts_with("train_step: the norm of the gradients is inf; first in linear: backward"));
  m.w = Tensor<float>::from({1, inf, 1}, {1, 3}).set_requires_grad();
  CHECK(step(input(1)).ends_with("parameter 'layer.w' has NaN or infinity"));
  CHECK(before == 1);
  CHECK(o.steps() == 0);
  CHECK(p.steps() == 0);
}

TEST_CASE("train_step: settings") {
  Model m = model();
  Optimizer o = plain(m);
  const auto loss = [&](int i) { return m(input(i)); };
  CHECK_THROWS_AS(train_step(m, o, {0.1, 0, 1}, loss), ValueError);
  CHECK_THROWS_AS(train_step(m, o, {0.1, 1, -1}, loss), ValueError);
  CHECK_THROWS_AS(train_step(m, o, {std::nan(""), 1, 1}, loss), ValueError);
}

TEST_CASE("train_step tells a profiler of its ops, and of no others") {
  Model m = model();
  Optimizer o = plain(m);
  Profiler profiler;
  train_step(m, o, {.lr = 0.5, .micro_batches = 2, .profiler = &profiler}, [&](int i) { return m(input(i)); });
  const auto ops = profiler.by_op();
  REQUIRE(ops.count("linear") == 1);
  CHECK(ops.at("linear").calls == 4);  // two of them in each of two forward passes
  CHECK(ops.at("linear backward").calls == 4);
  CHECK(ops.count("sgd") == 1);
  const std::int64_t calls = profiler.total().calls;
  m(input(0));
  CHECK(profiler.total().calls == calls);
}
