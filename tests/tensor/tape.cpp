// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tensor/views.hpp>

using namespace hadal;

namespace {

/// y = factor * x, an op of the user's own.
template <class T>
Tensor<T> scale(const Tensor<T>& x, double factor) {
  auto y = Tensor<T>::empty(x.shape());
  for (std::int64_t i = 0; i < x.size(); ++i) y.data()[i] = static_cast<T>(static_cast<float>(x.data()[i]) * factor);
  record("scale", y, inputs(x), saved(keep("x", x)), [factor](const auto& dy, auto& dx, const auto&) {
    if (auto out = dx.view())
      for (std::int64_t i = 0; i < dy.size(); ++i)
        out.view.data[i] = static_cast<T>((out.add ? static_cast<float>(out.view.data[i]) : 0) +
                                          static_cast<float>(dy.data()[i]) * factor);
  });
  return y;
}

/// y = a * b, saving both.
Tensor<float> product(const Tensor<float>& a, const Tensor<float>& b) {
  auto y = Tensor<float>::empty(a.shape());
  for (std::int64_t i = 0; i < a.size(); ++i) y.data()[i] = a.data()[i] * b.data()[i];
  record("product", y, inputs(a, b), saved(keep("a", a), keep("b", b)),
         [](const auto& dy, auto& da, auto& db, const auto& a, const auto& b) {
           const auto write = [&](GradView<float> out, const Tensor<float>& other) {
             if (out)
               for (std::int64_t i = 0; i < dy.size(); ++i)
                 out.view.data[i] = (out.add ? out.view.data[i] : 0) + dy.data()[i] * other.data()[i];
           };
           write(da.view(), b);
           write(db.view(), a);
         });
  return y;
}

const auto ones = Tensor<float>::ones({3});

}  // namespace

TEST_CASE("tape: gradients add over paths and over calls of backward") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  const auto y = product(x, scale(x, 2));  // 2 x^2
  CHECK(!x.grad().defined());
  y.backward(ones);
  CHECK(x.grad().to_vector() == std::vector<float>{4, 8, 12});
  const auto held = x.grad();
  scale(x, 1).backward(ones);
  CHECK(x.grad().to_vector() == std::vector<float>{5, 9, 13});
  CHECK(held.to_vector() == std::vector<float>{4, 8, 12});  // a gradient somebody holds is not written over
  x.zero_grad();
  CHECK(!x.grad().defined());
}

TEST_CASE("tape: one tensor passed twice") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  product(x, x).backward(ones);
  CHECK(x.grad().to_vector() == std::vector<float>{2, 4, 6});
}

TEST_CASE("tape: no_grad, detach and inputs that need no gradient record nothing") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  CHECK(!no_grad([&] { return scale(x, 2); }).requires_grad());
  CHECK(!scale(x.detach(), 2).requires_grad());
  const auto c = Tensor<float>::from({5, 5, 5});
  product(x, c).backward(ones);
  CHECK(x.grad().to_vector() == std::vector<float>{5, 5, 5});
  CHECK(!c.requires_grad());
  CHECK(grad_enabled());
}

TEST_CASE("tape: backward wants a seed, a graph, and runs once unless it is retained") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  CHECK_THROWS_AS(scale(x, 2).backward(), ShapeError);
  CHECK_THROWS_WITH_AS(scale(x, 2).backward(Tensor<float>::ones({2})),
                       "backward: the seed (2) must have the tensor's shape (3)", ShapeError);
  CHECK_THROWS_AS(scale(x.detach(), 2).backward(ones), GradError);
  const auto y = scale(scale(x, 2), 3);
  y.backward(ones, true);
  y.backward(ones);
  CHECK(x.grad().to_vector() == std::vector<float>{12, 12, 12});
  CHECK_THROWS_WITH_AS(y.backward(ones), doctest::Contains("scale: backward already ran"), GradError);
}

TEST_CASE("tape: a leaf's own backward adds the seed") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  x.backward(ones);
  x.backward(ones);
  CHECK(x.grad().to_vector() == std::vector<float>{2, 2, 2});
}

TEST_CASE("tape: half-width leaves keep float gradients") {
  auto x = Tensor<bf16>::full({3}, 1).set_requires_grad();
  for (int i = 0; i < 300; ++i) scale(scale(x, 1), 1).backward(Tensor<bf16>::ones({3}));
  const Tensor<float> g = x.grad();  // in bf16 the sum would stop at 256
  CHECK(g.to_vector() == std::vector<float>{300, 300, 300});
}

TEST_CASE("tape: a change in place after saving is an error naming op and tensor") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  const auto a = scale(x, 2);
  const auto y = product(a, a);
  no_grad([&] { a.detach().mutable_view().data[0] = 9; });
  CHECK_THROWS_WITH_AS(y.backward(ones), "product: the saved tensor 'a' (3) was changed in place after product used it",
                       GradError);
  CHECK_THROWS_AS(x.mutable_view(), GradError);
  no_grad([&] { x.mutable_view().data[0] = 7; });
  CHECK(x.at({0}) == 7);
}

TEST_CASE("tape: a result that already belongs to the graph is an error: it would close a cycle") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  auto y = scale(x, 2);
  const auto z = scale(y, 2);
  CHECK_THROWS_WITH_AS(record("loop", y, inputs(z), saved(), [](const auto&, auto&) {}), doctest::Contains("loop: "),
                       GradError);
  // Tied together by hand, the sweep itself notices.
  y.slot()->producer->inputs[0] = z.slot();
  CHECK_THROWS_WITH_AS(z.backward(ones), doctest::Contains("the graph has a cycle"), GradError);
  y.slot()->producer->inputs[0] = {};
}

TEST_CASE("tape: hooks see complete gradients, once per backward") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  std::vector<float> leaf, inner;
  int calls = 0;
  x.on_gradient([&](const TensorBase& g) {
    leaf = Tensor<float>::wrap(g).to_vector();
    ++calls;
  });
  const auto a = scale(x, 2);
  a.on_gradient([&](const TensorBase& g) { inner = Tensor<float>::wrap(g).to_vector(); });
  product(a, scale(x, 1)).backward(ones);
  CHECK(calls == 1);
  CHECK(leaf == std::vector<float>{4, 8, 12});
  CHECK(inner == std::vector<float>{1, 2, 3});
}

TEST_CASE("tape: what was saved is freed as backward passes") {
  auto x = Tensor<float>::zeros({1 << 16}).set_requires_grad();
  const auto live = [] { return runtime().cpu_memory.use().live; };
  const std::size_t before = live();
  Tensor<float> y = x;
  for (int i = 0; i < 20; ++i) y = scale(y, 1);
  CHECK(live() >= before + 20 * x.bytes());
  runtime().cpu_memory.reset_peak();
  const std::size_t full = live();
  const Tensor<float> seed = Tensor<float>::ones(x.shape());
  y.backward(seed);
  // On the way down at most the seed and two gradients are added to what the forward pass held.
  CHECK(runtime().cpu_memory.use().peak <= full + 3 * x.bytes() + 4096);
  CHECK(live() <= before + 3 * x.bytes() + 4096);  // y, the seed, the gradient
}

TEST_CASE("tape: a chain of a million ops is destroyed without recursion") {
  auto x = Tensor<float>::zeros({1}).set_requires_grad();
  Tensor<float> y = x;
  for (int i = 0; i < 1000000; ++i) y = y.reshape({1});
  y = {};
  CHECK(x.slot()->references == 1);
}

TEST_CASE("tape: number checks name the op, forward and backward") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  CheckNumbers on;
  CHECK_THROWS_WITH_AS(scale(x, 1.0 / 0.0), "scale: the result (3) has NaN or infinity", NumericError);
  const auto y = scale(x, 1e30);
  CHECK_THROWS_WITH_AS(y.backward(Tensor<float>::full({3}, 1e30)),
                       "scale: backward made a gradient of shape (3) with NaN or infinity", NumericError);
}

TEST_CASE("tape: an op of several results gets the gradients that arrived") {
  auto x = Tensor<float>::from({1, 2, 3}).set_requires_grad();
  auto a = x.detach().clone(), b = x.detach().clone();
  record("twice", outputs(a, b), inputs(x), saved(), [](const auto& da, const auto& db, auto& dx) {
    if (da.defined()) dx.accumulate(da);
    if (db.defined()) dx.accumulate(db);
  });
  b.backward(ones, true);
  CHECK(x.grad().to_vector() == std::vector<float>{1, 1, 1});
  product(a, b).backward(ones);
  CHECK(x.grad().to_vector() == std::vector<float>{3, 5, 7});
}
