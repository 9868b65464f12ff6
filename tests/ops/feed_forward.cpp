// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/ops/feed_forward.hpp>

#include <hadal/core/runtime.hpp>
#include <hadal/ops/grouped_linear.hpp>
#include <hadal/ops/linear.hpp>
#include <hadal/ops/swiglu.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <doctest/doctest.h>

namespace feed_forward_op_test {
using namespace hadal;

template <class T>
Tensor<T> normal(const Shape& shape, std::uint64_t key, double deviation = 1) {
  return Tensor<T>::normal(shape, Key{key}, 0, deviation).set_requires_grad();
}

/// Values and gradients equal those of separate ops, bit for bit.
template <class T>
void check_equal(const Shape& shape, std::int64_t F, const Tensor<std::int32_t>& offsets) {
  const std::int64_t C = shape[-1], E = offsets.defined() ? offsets.size() - 1 : 0;
  const auto weight = [&](std::int64_t out, std::int64_t in, std::uint64_t key) {
    return normal<T>(E ? Shape{E, out, in} : Shape{out, in}, key, 0.2);
  };
  const auto gradients = [&](bool fused) {
    auto x = normal<T>(shape, 1), r = normal<T>(shape, 2);
    auto g = weight(F, C, 3), u = weight(F, C, 4), d = weight(C, F, 5);
    const auto product = [&](const Tensor<T>& a, const Tensor<T>& w) {
      return E ? grouped_linear(a, w, offsets) : linear(a, w);
    };
    const auto in = x * 1.0;  // not a leaf, whose gradient would be summed in float
    const auto apart = [&] {
      const auto up = product(in, u), gate = product(in, g);
      return product(swiglu(gate, up), d) + r;
    };
    const auto y = fused ? feed_forward(in, g, u, d, r, offsets) : apart();
    y.backward(Tensor<T>::normal(shape, Key{6}));
    return std::tuple{y.to_vector(), x.grad().to_vector(), r.grad().to_vector(), g.grad().to_vector(),
                      u.grad().to_vector(), d.grad().to_vector()};
  };
  CHECK((gradients(true) == gradients(false)));
}

TEST_CASE_TEMPLATE("feed_forward: values and gradients are those of separate ops, on any number of threads", T, float,
                   bf16) {
  const int before = threads();
  for (int count : {1, 3}) {
    set_threads(count);
    check_equal<T>({2, 3, 5}, 7, {});
    check_equal<T>({150, 40}, 300, {});
    check_equal<T>({1, 40}, 33, {});
    check_equal<T>({90, 33}, 50, Tensor<std::int32_t>::from({0, 0, 60, 61, 90}));
  }
  set_threads(before);
}

TEST_CASE("feed_forward: gradients in double, strided and repeated inputs, a graph that is kept") {
  auto x = normal<double>({4, 3}, 1), r = normal<double>({3, 4}, 2);
  auto g = normal<double>({3, 5}, 3), u = normal<double>({5, 3}, 4), d = normal<double>({3, 5}, 5);
  const auto call = [&] { return feed_forward(x, g.transpose(), u, d, r.transpose()); };
  CHECK(grad_error(call, std::vector{x, g, u, d, r}) < 1e-6);
  CHECK(grad_error(call, std::vector{x, g, u, d, r}, Difference::richardson) < 1e-9);
  auto s = normal<double>({3, 3}, 6);
  CHECK(grad_error([&] { return feed_forward(s, s, s, s, s); }, std::vector{s}) < 1e-6);
  CHECK(no_grad([&] { return call(); }).to_vector() == call().to_vector());
  const auto y = call();
  const auto seed = Tensor<double>::ones({4, 3});
  u.zero_grad();
  y.backward(seed, true);
  const auto once = u.grad().to_vector();
  u.zero_grad();
  y.backward(seed);
  CHECK(u.grad().to_vector() == once);
}

TEST_CASE("feed_forward: only some want gradients") {
  auto x = Tensor<double>::normal({4, 3}, Key{1});
  auto g = Tensor<double>::normal({2, 5, 3}, Key{2}), u = normal<double>({2, 5, 3}, 3);
  auto d = Tensor<double>::normal({2, 3, 5}, Key{4});
  const auto offsets = Tensor<std::int32_t>::from({0, 3, 4});
  CHECK(grad_error([&] { return feed_forward(x, g, u, d, {}, offsets); }, std::vector{u}) < 1e-6);
}

TEST_CASE("feed_forward: errors") {
  using F = Tensor<float>;
  const F x = F::ones({4, 3}), w = F::ones({5, 3}), down = F::ones({3, 5});
  CHECK_THROWS_WITH_AS(feed_forward(x, w, F::ones({4, 3}), down),
                       "feed_forward: w_gate and w_up must be (F, C) both, got (5, 3) and (4, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(feed_forward(x, w, w, w), "feed_forward: w_down must be (5, 3) transposed, got (5, 3)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(feed_forward(down, w, w, down),
                       "feed_forward: the last axis of x (3, 5) must be the 3 inputs of w_gate (5, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(feed_forward(x, w, w, down, down), "feed_forward: residual must be (4, 3) as x, got (3, 5)",
                       ShapeError);
  const auto offsets = Tensor<std::int32_t>::from({0, 4, 4});
  CHECK_THROWS_WITH_AS(feed_forward(x, w.unsqueeze(0), w.unsqueeze(0), down.unsqueeze(0), {}, offsets),
                       "feed_forward: offsets must be one more than the experts of w_gate (1, 5, 3), got (3)",
                       ShapeError);
  const auto wrong = Tensor<std::int32_t>::from({0, 3});
  CHECK_THROWS_WITH_AS(feed_forward(x, w.unsqueeze(0), w.unsqueeze(0), down.unsqueeze(0), {}, wrong),
                       "grouped_linear: offsets must go from 0 to the 4 rows, got 0 to 3", IndexError);
}

}  // namespace feed_forward_op_test
