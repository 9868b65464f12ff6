// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <cpu/attention_reference.hpp>

#include <hadal/cpu/attention_backward.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

namespace {

template <class T>
struct Problem {
  Array<T> q, k, v, dy, y;
  Array<Accumulator<T>> lse;
  KeyRanges ranges;

  Problem(const AttentionCase& c)
      : q(random_array<T>({c.B, c.L, c.H, c.Dk}, 1)), k(random_array<T>({c.B, c.S, c.Hk, c.Dk}, 2)),
        v(random_array<T>({c.B, c.S, c.Hk, c.Dv}, 3)), dy(random_array<T>({c.B, c.L, c.H, c.Dv}, 4)), y(dy.shape),
        lse({c.B, c.L, c.H}), ranges{c.causal, c.S - c.L, {}, {}} {}

  void forward(double scale) {
    cpu::attention_forward<T>(Cpu{}, y.view(), lse.view(), strided(q), strided(k), strided(v),
                              scale, ranges);
  }
  template <class GQ, class GK, class GV>
  void backward(double scale, GradView<GQ> dq, GradView<GK> dk, GradView<GV> dv) {
    cpu::attention_backward<T>(Cpu{}, dq, dk, dv, dy.view(), y.view(), lse.view(), strided(q), strided(k),
                               strided(v), scale, ranges);
  }
};

template <class G>
struct Gradients {
  Array<G> q, k, v;
  template <class T>
  explicit Gradients(const Problem<T>& p, double fill = 7)
      : q(filled<G>(p.q.shape, fill)), k(filled<G>(p.k.shape, fill)), v(filled<G>(p.v.shape, fill)) {}
  template <class T>
  void make(Problem<T>& p, double scale, bool add = false) {
    p.backward(scale, GradView<G>{q.view(), add}, GradView<G>{k.view(), add}, GradView<G>{v.view(), add});
  }
};

template <class T>
void check_cases(double tolerance) {
  for (const AttentionCase& c : attention_cases) {
    CAPTURE(c.L);
    CAPTURE(c.S);
    Problem<T> p(c);
    p.forward(0.8);
    Gradients<T> g(p);
    g.make(p, 0.8);
    const auto expected = attention_reference(p.q, p.k, p.v, p.dy, 0.8, p.ranges);
    CHECK(difference(g.q, expected.dq) < tolerance);
    CHECK(difference(g.k, expected.dk) < tolerance);
    CHECK(difference(g.v, expected.dv) < tolerance);
  }
}

}  // namespace

// dp - delta cancels: a few more digits are lost than going forward.
TEST_CASE("attention_backward agrees with the formula in float and double") {
  check_cases<float>(300 * 6e-8);
  check_cases<double>(300 * 1.2e-16);
}

TEST_CASE("attention_backward adds where asked and leaves alone what is not wanted") {
  Problem<double> p({2, 20, 150, 4, 2, 10, 6, true});
  p.forward(0.5);
  Gradients<double> all(p), twice(p, 1), none(p);
  all.make(p, 0.5);
  twice.make(p, 0.5, true);
  for (std::size_t i = 0; i < all.k.values.size(); ++i) CHECK(twice.k.values[i] == 1 + all.k.values[i]);
  for (std::size_t i = 0; i < all.q.values.size(); ++i) CHECK(twice.q.values[i] == 1 + all.q.values[i]);
  using G = GradView<double>;
  p.backward(0.5, G{none.q.view()}, G{}, G{});
  p.backward(0.5, G{}, G{none.k.view()}, G{});
  CHECK(none.q.values == all.q.values);
  CHECK(none.k.values == all.k.values);
  CHECK(none.v.values == Gradients<double>(p).v.values);
  p.backward(0.5, G{}, G{}, G{none.v.view()});
  CHECK(none.v.values == all.v.values);
}

TEST_CASE("gradients are the same bits for any thread count, made together or apart") {
  Problem<float> p({1, 90, 300, 4, 2, 24, 16, true});
  const int before = threads();
  set_threads(1);  // heads feed the threads: one task a head
  p.forward(1.0);
  Gradients<float> together(p), apart(p);
  together.make(p, 1.0);
  set_threads(3);  // two heads, three threads: keys and queries are cut
  apart.make(p, 1.0);
  set_threads(before);
  CHECK(apart.q.values == together.q.values);
  CHECK(apart.k.values == together.k.values);
  CHECK(apart.v.values == together.v.values);
}

TEST_CASE("ranges bound the gradients and a query without keys gives none") {
  Problem<float> p({2, 6, 300, 2, 2, 8, 8, true});
  const std::int32_t first[] = {0, 5, 128, 120, 7, 299, -4, 0, 256, 1, 130, 400};
  const std::int32_t end[] = {1, 9, 256, 140, 7, 300, 3, 300, 500, 0, 131, 500};
  p.ranges = {true, 0, {first, {2, 6}, 6}, {end, {2, 6}, 6}};
  p.forward(1.0);
  Gradients<float> g(p);
  g.make(p, 1.0);
  auto expected = attention_reference(p.q, p.k, p.v, p.dy, 1.0, p.ranges);
  CHECK(difference(g.q, expected.dq) < 2e-5);
  CHECK(difference(g.k, expected.dk) < 2e-5);
  CHECK(difference(g.v, expected.dv) < 2e-5);
  CHECK(g.q.values[4 * 16] == 0);
}

TEST_CASE("half widths give float gradients for leaves and their own type inside") {
  Problem<bf16> p({1, 20, 20, 2, 1, 18, 6, true});
  p.forward(0.5);
  const auto expected = attention_reference(p.q, p.k, p.v, p.dy, 0.5, p.ranges);
  Gradients<float> leaf(p);
  Gradients<bf16> inner(p);
  leaf.make(p, 0.5);
  inner.make(p, 0.5);
  // y, rounded by 2^-9 of at most 1, enters delta Dv times; p sums to 1 and the keys are at most 1.
  double largest = 0;
  for (double x : expected.dq.values) largest = std::max(largest, std::abs(x));
  CHECK(difference(leaf.q, expected.dq) * largest < 0.5 * 6 / 512);
  CHECK(difference(leaf.v, expected.dv) < 1e-5);
  for (std::size_t i = 0; i < leaf.k.values.size(); ++i) CHECK(inner.k.values[i].bits == bf16(leaf.k.values[i]).bits);
}
