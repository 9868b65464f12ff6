// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/ops/packed_linear.hpp>

#include <doctest/doctest.h>

using namespace hadal;

namespace {

Weight<float, Cpu> packed(const Tensor<float>& t, PackedFormat format) {
  Weight<float, Cpu> w = t;
  w.pack(format);
  return w;
}

}  // namespace

TEST_CASE("packed_linear: near the product with the packed numbers, with bias, for any leading axes") {
  GradMode off(false);
  const auto t = Tensor<float>::normal({7, 150}, Key{1}), bias = Tensor<float>::normal({7}, Key{2});
  const auto x = Tensor<float>::normal({2, 3, 150}, Key{3});
  for (PackedFormat format : {PackedFormat::int8, PackedFormat::int4}) {
    const auto w = packed(t, format);
    const auto y = linear(x, w, bias), near = linear(x, w.values().squeeze(0), bias);
    REQUIRE(y.shape() == Shape{2, 3, 7});
    for (std::int64_t r = 0; r < 6; ++r) {
      float most = 0;
      for (std::int64_t k = 0; k < 150; ++k) most = std::max(most, std::abs(x.data()[r * 150 + k]));
      for (std::int64_t j = 0; j < 7; ++j) {
        float weights = 0;
        for (std::int64_t k = 0; k < 150; ++k) weights += std::abs(w.values().data()[j * 150 + k]);
        CHECK(std::abs(y.data()[r * 7 + j] - near.data()[r * 7 + j]) <= weights * most / 254 * 1.001f);
      }
    }
    // An input that is a slice of wider rows.
    const auto wide = Tensor<float>::normal({4, 300}, Key{4});
    CHECK(linear(wide.slice(1, 0, 150), w).to_vector() == linear(wide.slice(1, 0, 150).clone(), w).to_vector());
  }
}

TEST_CASE("packed_linear: a weight that is not packed is multiplied as ever") {
  const auto t = Tensor<float>::normal({7, 20}, Key{1}), x = Tensor<float>::normal({3, 20}, Key{2});
  const Weight<float, Cpu> w = t;
  CHECK(linear(x, w).to_vector() == linear(x, t).to_vector());
}

TEST_CASE("packed_linear: groups") {
  GradMode off(false);
  const auto t = Tensor<float>::normal({3, 7, 90}, Key{1});
  const auto w = packed(t, PackedFormat::int8);
  const auto x = Tensor<float>::normal({5, 90}, Key{2});
  const auto offsets = Tensor<std::int32_t>::from(std::vector<std::int32_t>{0, 1, 1, 5});
  const auto y = grouped_linear(x, w, offsets);
  CHECK(y.slice(0, 1, 5).to_vector() ==
        linear(x.slice(0, 1, 5), packed(t.select(0, 2), PackedFormat::int8)).to_vector());
}

TEST_CASE("packed_linear: errors") {
  const auto w = packed(Tensor<float>::normal({7, 20}, Key{1}), PackedFormat::int8);
  auto x = Tensor<float>::normal({3, 20}, Key{2});
  CHECK_THROWS_WITH_AS(linear(x.slice(1, 0, 19), w),
                       "linear: the last axis of x (3, 19) must be the 20 inputs of the packed weight", ShapeError);
  CHECK_THROWS_WITH_AS(linear(x, w, Tensor<float>::zeros({6})),
                       "linear: bias must be (7) to match one packed weight, got (6) and 1 weights", ShapeError);
  const auto offsets = Tensor<std::int32_t>::from(std::vector<std::int32_t>{0, 2, 3});
  CHECK_THROWS_WITH_AS(
      grouped_linear(x, w, offsets),
      "grouped_linear: x must be (N, 20) and offsets (2) to match the packed weight, got (3, 20) and (3)", ShapeError);
  const auto descending = Tensor<std::int32_t>::from(std::vector<std::int32_t>{0, 2});
  CHECK_THROWS_AS(grouped_linear(x, w, descending), IndexError);
  x.set_requires_grad();
  CHECK_THROWS_WITH_AS(linear(x, w),
                       "linear: packed weights are for decoding, no gradient flows through them; call it under no_grad",
                       GradError);
}
