// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tensor/tensor.hpp>
#include <hadal/tensor/walk.hpp>

#include <stdexcept>

using namespace hadal;

TEST_CASE("hollow tensors have a type, a shape and a place, and cost no memory") {
  const auto pair = hollow([] {
    return std::pair{Tensor<bf16>::normal({1 << 20, 1 << 18}, Key{1}), Tensor<bf16>::ones({3, 4})};
  });
  CHECK(pair.first.is_hollow());
  CHECK(pair.first.shape() == Shape{1 << 20, 1 << 18});
  CHECK(pair.first.bytes() == std::size_t{1} << 39);
  CHECK(pair.first.dtype() == DType::bf16);
  int seen = 0;
  walk([&](const Place&, const auto& t) { seen += t.defined(); }, pair);
  CHECK(seen == 2);
  CHECK(!hollow([] { return Tensor<float>::zeros({0}); }).is_hollow());
}

TEST_CASE("only what would be filled is hollow, and only inside") {
  const auto [given, empty] = hollow([] { return std::pair{Tensor<float>::from({1, 2}), Tensor<float>::empty({2})}; });
  CHECK(given.at({1}) == 2);
  CHECK(!empty.is_hollow());
  CHECK_THROWS_AS(hollow([]() -> int { throw std::runtime_error("x"); }), std::runtime_error);
  CHECK(Tensor<float>::uniform({2}, Key{1}, 5, 5).at({0}) == 5);
}

TEST_CASE("memory given to a hollow storage is seen by every handle") {
  const auto t = hollow([] { return Tensor<float>::zeros({2}); });
  const auto other = t;
  const auto source = Tensor<float>::from({3, 4});
  detail::fill_hollow(*t.storage(), Tensor<float>::from({3, 4}).storage());
  CHECK(!other.is_hollow());
  CHECK(other.to_vector() == source.to_vector());
}
