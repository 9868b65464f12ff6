// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/rope.hpp>

#include <support/array.hpp>

#include <doctest/doctest.h>

using namespace hadal;
using namespace hadal::test;

TEST_CASE_TEMPLATE("rope: rotates pairs in both layouts, and back", T, float, double, bf16, half) {
  using A = Accumulator<T>;
  const std::int64_t length = 3, positions_known = 9;
  for (std::int64_t width : {2, 6, 16, 64, 70})
    for (bool interleaved : {false, true})
      for (bool listed : {false, true}) {
        const Shape shape{2, length, 2, width};
        Array<A> cosine({positions_known, width / 2}), sine({positions_known, width / 2});
        for (std::int64_t p = 0; p < positions_known; ++p)
          for (std::int64_t i = 0; i < width / 2; ++i) {
            cosine.at(p, i) = A(std::cos(0.3 * double(p * (i + 1))));
            sine.at(p, i) = A(std::sin(0.3 * double(p * (i + 1))));
          }
        const Array<A>&c = cosine, &s = sine;
        Array<std::int32_t> list({2, length});
        list.values = {8, 0, 3, 5, 5, 1};
        View<const std::int32_t> positions;
        if (listed) positions = list.view();
        const std::int64_t offset = 4;

        const Array<T> x = random_array<T>(shape, 1, 1, 10);  // as a slice of wider heads
        Array<double> expected(shape);
        for (std::int64_t r = 0; r < x.rows(); ++r) {
          const std::int64_t token = r / 2;
          const std::int64_t p = listed ? list.values[static_cast<std::size_t>(token)] : offset + token % length;
          for (std::int64_t i = 0; i < width / 2; ++i) {
            const std::int64_t a = interleaved ? 2 * i : i, b = interleaved ? 2 * i + 1 : i + width / 2;
            expected.at(r, a) = x(r, a) * c(p, i) - x(r, b) * s(p, i);
            expected.at(r, b) = x(r, b) * c(p, i) + x(r, a) * s(p, i);
          }
        }
        Array<T> y(shape, 4);
        cpu::rope_forward(Cpu{}, y.view(), x.view(), c.view(), s.view(), positions, offset, interleaved);
        CHECK(relative_error(y, expected) < tolerance<T>(4));

        // A rotation's transpose is its inverse: the gradient of y is x again, on top of 1 when added.
        const Array<T>& dy = y;
        for (bool add : {false, true}) {
          Array<A> dx(shape, 2);
          for (A& v : dx.values) v = 1;
          cpu::rope_backward(Cpu{}, dx.grad(add), dy.view(), c.view(), s.view(), positions, offset, interleaved);
          for (std::int64_t r = 0; r < x.rows(); ++r)
            for (std::int64_t i = 0; i < width; ++i)
              CHECK(std::abs(dx(r, i) - (add ? 1 : 0) - x(r, i)) < 3 * tolerance<T>(8));
        }
      }
}

TEST_CASE("rope: a listed position outside the table is an error") {
  const Array<float> x({1, 2, 1, 4}), table({3, 2});
  Array<float> y({1, 2, 1, 4});
  Array<std::int32_t> positions({1, 2});
  positions.values = {2, 3};
  CHECK_THROWS_WITH_AS(cpu::rope_forward(Cpu{}, y.view(), x.view(), table.view(), table.view(),
                                         View<const std::int32_t>(positions.view()), 0, true),
                       "rope: position 3 at position 1 is out of range for 3 rows of the table", IndexError);
}
