// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/tensor/weight.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("weight: packing keeps the numbers near and lets the tensor go") {
  GradMode off(false);
  const auto t = Tensor<bf16>::normal({3, 100}, Key{1});
  Weight<bf16, Cpu> w = t;
  CHECK(w.values().shape() == Shape{3, 100});
  w.pack(PackedFormat::int8);
  CHECK(w.packed);
  CHECK_FALSE(w.defined());
  CHECK(t.storage()->references.load() == 1);
  const auto values = w.values();
  CHECK(values.shape() == Shape{1, 3, 100});
  float most = 0;
  for (const bf16 v : t.to_vector()) most = std::max(most, std::abs(static_cast<float>(v)));
  for (std::int64_t i = 0; i < 300; ++i) {
    const float a = values.data()[i], b = t.data()[i];
    CHECK(std::abs(a - b) <= most / 254 * 1.01f + std::abs(b) * 0x1p-8f);
  }
}

TEST_CASE("weight: one stored inputs first is packed as its transpose") {
  const auto t = Tensor<float>::normal({100, 3}, Key{2});
  Weight<float, Cpu, true> w = t;
  Weight<float, Cpu> turned = t.transpose().contiguous();
  w.pack(PackedFormat::int4);
  turned.pack(PackedFormat::int4);
  CHECK(w.packed.matrix.out == 3);
  CHECK(w.values().to_vector() == turned.values().to_vector());
}

TEST_CASE("weight: errors") {
  Weight<float, Cpu> vector = Tensor<float>::zeros({4});
  CHECK_THROWS_WITH_AS(vector.pack(PackedFormat::int8), "pack: a weight must be (out, in) or (E, out, in), got (4)",
                       ShapeError);
  Weight<float, Cpu> wide = Tensor<float>::zeros({1, 140000});
  CHECK_THROWS_WITH_AS(wide.pack(PackedFormat::int8),
                       "pack: sums over 140000 inputs do not fit 32 bits; at most 133144", ShapeError);
}
