// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/embedding.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

namespace {

Array<std::int32_t> random_ids(std::int64_t n, std::uint64_t below) {
  Array<std::int32_t> ids({n});
  for (std::size_t i = 0; i < ids.values.size(); ++i)
    ids.values[i] = static_cast<std::int32_t>(random_below(Key{9}, i, below));
  return ids;
}

}  // namespace

TEST_CASE_TEMPLATE("embedding: rows are copied exactly", T, float, double, bf16, half) {
  const Array<T> weight = random_array<T>({5, 7}, 1, 1, 2);
  const Array<std::int32_t> ids = random_ids(11, 5);
  Array<T> y({11, 7});
  cpu::embedding_forward(Cpu{}, y.view(), weight.view(), ids.view());
  for (int i = 0; i < 11; ++i)
    for (int c = 0; c < 7; ++c) CHECK(y(i, c) == weight(ids.values[static_cast<std::size_t>(i)], c));
}

TEST_CASE_TEMPLATE("embedding: gradients of equal ids are summed", T, float, double, bf16, half) {
  const std::int64_t n = 40, vocabulary = 7, width = 19;
  const Array<T> dy = random_array<T>({n, width}, 2, 1, 1);
  const Array<std::int32_t> ids = random_ids(n, 6);
  for (bool add : {false, true}) {
    Array<double> expected({vocabulary, width});
    for (double& v : expected.values) v = add ? 0.5 : 0;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t c = 0; c < width; ++c) expected.at(ids.values[static_cast<std::size_t>(i)], c) += dy(i, c);
    Array<Accumulator<T>> leaf({vocabulary, width});
    Array<T> interior({vocabulary, width});
    for (auto& v : leaf.values) v = Accumulator<T>(0.5);
    for (auto& v : interior.values) v = T(0.5f);
    cpu::embedding_backward(Cpu{}, leaf.grad(add), dy.view(), ids.view());
    cpu::embedding_backward(Cpu{}, interior.grad(add), dy.view(), ids.view());
    CHECK(relative_error(leaf, expected) < 40 * rounding<Accumulator<T>>);
    CHECK(relative_error(interior, expected) < tolerance<T>(40));
  }
}

TEST_CASE("embedding: the gradient does not depend on the number of threads") {
  const Array<float> dy = random_array<float>({3000, 64}, 1);
  const Array<std::int32_t> ids = random_ids(3000, 5);
  const int threads_before = threads();
  Array<float> one({5, 64}), three({5, 64});
  set_threads(1);
  cpu::embedding_backward(Cpu{}, one.grad(), dy.view(), ids.view());
  set_threads(3);
  cpu::embedding_backward(Cpu{}, three.grad(), dy.view(), ids.view());
  set_threads(threads_before);
  CHECK(one.values == three.values);
}

TEST_CASE("embedding: an id outside the table is an error") {
  const Array<float> weight({5, 2});
  Array<float> y({3, 2});
  Array<std::int32_t> ids({3});
  ids.values = {0, 4, 5};
  CHECK_THROWS_WITH_AS(cpu::embedding_forward(Cpu{}, y.view(), weight.view(), View<const std::int32_t>(ids.view())),
                       "embedding: id 5 at position 2 is out of range for 5 rows", IndexError);
}
