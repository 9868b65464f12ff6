// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/rms_norm.hpp>
#include <hadal/tensor/recompute.hpp>

using namespace hadal;

namespace {

template <class T>
struct Norms {
  Tensor<T> first, second;
  static void visit(auto&& v, auto&... self) {
    v("first", self.first...);
    v("second", self.second...);
  }
  Tensor<T> operator()(const Tensor<T>& x) const { return rms_norm(rms_norm(x, first), second); }
};

struct Two {
  Tensor<double> a, b;
  static void visit(auto&& v, auto&... self) {
    v("a", self.a...);
    v("b", self.b...);
  }
};

struct Pair {
  Tensor<double> weight;
  static void visit(auto&& v, auto&... self) { v("weight", self.weight...); }
  Two operator()(const Tensor<double>& x, const Tensor<double>& y, double eps) const {
    return {rms_norm(x, weight, eps), rms_norm(y, weight, eps)};
  }
};

}  // namespace

TEST_CASE("recompute: the same values and gradients, bit for bit") {
  const Key key{1};
  const auto run = [&](bool again) {
    auto x = Tensor<double>::normal({5, 4}, key).set_requires_grad();
    Norms<double> m{Tensor<double>::normal({4}, key.fold(1)), Tensor<double>::normal({4}, key.fold(2))};
    m.first.set_requires_grad();
    m.second.set_requires_grad();
    const auto inner = rms_norm(x, m.first);  // the first weight is used outside too
    const auto y = again ? recompute(m, inner) : m(inner);
    y.backward(Tensor<double>::normal({5, 4}, key.fold(3)));
    return std::vector{y.to_vector(), x.grad().to_vector(), m.first.grad().to_vector(), m.second.grad().to_vector()};
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("recompute: structs of tensors come back, and unused parts get no gradient") {
  auto x = Tensor<double>::normal({3, 4}, Key{5}).set_requires_grad();
  auto y = Tensor<double>::normal({2, 4}, Key{6}).set_requires_grad();
  Pair m{Tensor<double>::ones({4}).set_requires_grad()};
  const Two two = recompute(m, x, y, 1e-3);
  two.a.backward(Tensor<double>::ones({3, 4}));
  CHECK(x.grad().defined());
  CHECK(!y.grad().defined());
  CHECK(m.weight.grad().defined());
}

TEST_CASE("recompute: keeps only the arguments") {
  const auto x = Tensor<float>::normal({64, 1024}, Key{7});
  Norms<float> m{Tensor<float>::ones({1024}), Tensor<float>::ones({1024})};
  m.first.set_requires_grad();
  m.second.set_requires_grad();
  const auto held = [&](auto call) {
    const std::size_t before = runtime().cpu_memory.use().live;
    const auto y = call();
    return runtime().cpu_memory.use().live - before;
  };
  const std::size_t plain = held([&] { return m(x); }), sparse = held([&] { return recompute(m, x); });
  CHECK(plain >= 2 * x.bytes());
  CHECK(sparse <= x.bytes() + 8192);
}

TEST_CASE("recompute: bf16 leaves get float gradients") {
  Norms<bf16> m{Tensor<bf16>::ones({8}).set_requires_grad(), Tensor<bf16>::ones({8})};
  const auto x = Tensor<bf16>::normal({3, 8}, Key{8});
  recompute(m, x).backward(Tensor<bf16>::ones({3, 8}));
  const Tensor<float> g = m.first.grad();
  CHECK(g.defined());
}
