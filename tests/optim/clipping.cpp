// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/clipping.hpp>
#include <hadal/tensor/views.hpp>

// labels: tsan

using namespace hadal;

namespace {
struct Model {
  Tensor<float> a;
  Tensor<bf16> b;
  Tensor<float> unused;
  static void visit(auto&& v, auto&... m) {
    v("a", m.a...);
    v("b", m.b...);
    v("unused", m.unused...);
  }
};
Model model() {
  Model m{Tensor<float>::ones({2}), Tensor<bf16>::ones({1}), Tensor<float>::ones({3})};
  trainable(m);
  m.a.backward(Tensor<float>::from({2, -3}, {2}));
  m.b.backward(Tensor<bf16>::full({1}, 6));
  return m;
}
}  // namespace

TEST_CASE("clip_gradients scales all gradients by their common norm") {
  const Model m = model();
  CHECK(gradient_norm(m) == 7);
  CHECK(clip_gradients(m, 8) == 7);
  CHECK(m.a.grad().at({1}) == -3);
  CHECK(clip_gradients(m, 3.5) == 7);
  CHECK(m.a.grad().to_vector() == std::vector<float>{1, -1.5f});
  CHECK(m.b.grad().to_vector() == std::vector<float>{3});
}

TEST_CASE("clip_gradients leaves a norm that is no number to the caller") {
  Model m = model();
  m.a.backward(Tensor<float>::full({2}, std::numeric_limits<double>::infinity()));
  CHECK(std::isinf(clip_gradients(m, 1)));
  CHECK(m.b.grad().at({0}) == 6);
  CHECK_THROWS_AS(clip_gradients(m, 0), ValueError);
  CHECK_THROWS_AS(clip_gradients(m, std::nan("")), ValueError);
}

TEST_CASE("the norm has the same bits for any number of threads") {
  Model m{Tensor<float>::ones({70001}), Tensor<bf16>::ones({1}), Tensor<float>::ones({1})};
  trainable(m);
  m.a.backward(Tensor<float>::normal({70001}, Key{4}));
  set_threads(1);
  const double one = gradient_norm(m);
  set_threads(3);
  CHECK(gradient_norm(m) == one);
  set_threads(2);
}
