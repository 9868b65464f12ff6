// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

namespace {

/// Elements in row-major order, found by the naive rule.
std::vector<double> read(const Tensor<double>& t) {
  std::vector<double> v;
  for (std::int64_t i = 0; i < t.size(); ++i) {
    std::int64_t at = 0, rest = i;
    for (int k = t.rank() - 1; k >= 0; --k) {
      at += rest % t.shape(k) * t.strides()[k];
      rest /= t.shape(k);
    }
    v.push_back(t.data()[at]);
  }
  return v;
}

bool shares(const Tensor<double>& a, const Tensor<double>& b) { return a.storage() == b.storage(); }

}  // namespace

TEST_CASE("views: share the elements and show them in the right order") {
  const auto x = Tensor<double>::arange(24).reshape({2, 3, 4});
  const auto t = x.transpose(0, 2);
  CHECK(t.shape() == Shape{4, 3, 2});
  CHECK(read(t)[1] == 12);
  CHECK(shares(t, x));
  CHECK(x.slice(1, 1, 3, 2).shape() == Shape{2, 1, 4});
  CHECK(x.slice(-1, -3, -1).at({0, 0, 0}) == 1);
  CHECK(x.select(1, -1).at({1, 2}) == 22);
  CHECK(x.unsqueeze(1).shape() == Shape{2, 1, 3, 4});
  CHECK(x.unsqueeze(-1).shape() == Shape{2, 3, 4, 1});
  CHECK(x.unsqueeze(0).squeeze(0).shape() == x.shape());
  const auto e = x.slice(0, 0, 1).expand({5, 2, 3, 4});
  CHECK(shares(e, x));
  CHECK(e.at({4, 1, 2, 3}) == 11);
  CHECK(shares(x.contiguous(), x));
  CHECK(!shares(t.contiguous(), x));
  CHECK(read(t.contiguous()) == read(t));
}

TEST_CASE("views: reshape shares whenever strides allow, and is right in any case") {
  const auto x = Tensor<double>::arange(24).reshape({2, 3, 4});
  CHECK(shares(x.reshape({6, -1}), x));
  CHECK(shares(x.transpose(1, 2).reshape({2, 2, 2, 3}), x));
  CHECK(shares(x.slice(2, 0, 2).reshape({6, 2, 1}), x));
  CHECK(shares(x.unsqueeze(2).transpose(1, 2).reshape({24}), x));
  CHECK(!shares(x.transpose(1, 2).reshape({24}), x));
  for (const auto& y : {x, x.transpose(), x.slice(1, 1, 3), x.permute({2, 0, 1}), x.select(0, 1), x.slice(2, 1, 2)})
    for (const Shape& to : {Shape{-1}, Shape{2, -1}, Shape{-1, 2, 1}, Shape{1, -1, 4}}) {
      std::int64_t known = 1;
      for (std::int64_t n : to) known *= n < 0 ? 1 : n;
      if (y.size() % known == 0) CHECK(read(y.reshape(to)) == read(y));
    }
  CHECK(Tensor<double>::zeros({0, 3}).reshape({3, 0, 2}).shape() == Shape{3, 0, 2});
}

TEST_CASE("views: gradients flow through") {
  auto x = Tensor<double>::normal({2, 3, 4}, Key{1}).set_requires_grad();
  const auto check = [&](auto f) { CHECK(grad_error(f, std::vector{x}) < 1e-9); };
  check([&] { return x.reshape({4, 6}); });
  check([&] { return x.transpose(0, 1).reshape({-1}); });
  check([&] { return x.permute({2, 0, 1}); });
  check([&] { return x.slice(2, 0, 4, 3).contiguous(); });
  check([&] { return x.select(1, 2); });
  check([&] { return x.slice(0, 0, 1).expand({3, 2, 3, 4}); });
  check([&] { return x.unsqueeze(1).squeeze(1).transpose().contiguous(); });
}

TEST_CASE("views: slices of one tensor add into their own parts") {
  auto x = Tensor<double>::zeros({6}).set_requires_grad();
  auto whole = x.reshape({2, 3});
  whole.slice(1, 0, 2).backward(Tensor<double>::full({2, 2}, 1), true);
  whole.slice(1, 1, 3).backward(Tensor<double>::full({2, 2}, 10), true);
  CHECK(x.grad().to_vector() == std::vector<double>{1, 11, 10, 1, 11, 10});
}

TEST_CASE("views: errors") {
  const auto x = Tensor<double>::zeros({2, 3});
  CHECK_THROWS_WITH_AS(x.reshape({4}), "reshape: (2, 3) does not fit into (4)", ShapeError);
  CHECK_THROWS_AS(x.reshape({-1, -1}), ShapeError);
  CHECK_THROWS_AS(x.reshape({4, -1}), ShapeError);
  CHECK_THROWS_AS(x.permute({0}), ShapeError);
  CHECK_THROWS_AS(x.permute({0, 0}), ShapeError);
  CHECK_THROWS_WITH_AS(x.slice(1, 1, 5), "slice: 1 .. 5 is outside of axis 1 of (2, 3)", IndexError);
  CHECK_THROWS_AS(x.slice(1, 0, 2, 0), ValueError);
  CHECK_THROWS_AS(x.select(0, 2), IndexError);
  CHECK_THROWS_AS(x.squeeze(0), ShapeError);
  CHECK_THROWS_WITH_AS(x.expand({2, 4}), doctest::Contains("(2, 3)"), ShapeError);
}
