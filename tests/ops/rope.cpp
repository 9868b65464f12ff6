// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/rope.hpp>
#include <hadal/tensor/grad_check.hpp>
#include <hadal/tensor/walk.hpp>

using namespace hadal;

TEST_CASE("rope: YaRN's frequencies and scales as published models have them") {
  Yarn v3;
  v3.mscale_all_dim = 1;
  const auto w = rope_frequencies(64, 1e4, v3);
  const std::pair<std::size_t, double> expected[] = {{0, 1.0},           {9, 0.0749894},     {10, 0.0562341},
                                                     {11, 0.0390069},    {15, 0.00833451},   {16, 0.0055},
                                                     {20, 7.905694e-4},  {22, 1.778279e-4},  {23, 3.333804e-5},
                                                     {31, 3.333804e-6}};
  for (auto [i, value] : expected) CHECK(w[i] == doctest::Approx(value).epsilon(1e-6));
  CHECK(yarn_softmax_scale(192, v3) == doctest::Approx(0.13523378).epsilon(1e-7));
  Yarn v2_lite;
  v2_lite.mscale = v2_lite.mscale_all_dim = 0.707;
  CHECK(v2_lite.temperature(0.707) == doctest::Approx(1.2608038).epsilon(1e-7));
  CHECK(yarn_softmax_scale(192, v2_lite) == doctest::Approx(0.11472139).epsilon(1e-7));
  CHECK(yarn_softmax_scale(192, {}) == doctest::Approx(0.07216878).epsilon(1e-7));

  Yarn wide;
  wide.factor = 16;
  wide.original_length = 65536;
  const auto v4 = rope_frequencies(64, 1.6e5, wide);
  const std::pair<std::size_t, double> expected_v4[] = {{15, 3.635539e-3}, {16, 2.265625e-3}, {20, 2.969778e-4},
                                                        {25, 5.372313e-6}};
  for (auto [i, value] : expected_v4) CHECK(v4[i] == doctest::Approx(value).epsilon(1e-6));
}

TEST_CASE("rope: the table holds cosines and sines, times the ratio of YaRN's temperatures") {
  const auto plain = rope_table<double, Cpu>(6, 5, 100);
  CHECK(plain.cosine.shape() == Shape{5, 3});
  CHECK(plain.cosine.at({4, 1}) == doctest::Approx(std::cos(4 * std::pow(100, -1.0 / 3))).epsilon(1e-15));
  CHECK(plain.sine.at({3, 2}) == doctest::Approx(std::sin(3 * std::pow(100, -2.0 / 3))).epsilon(1e-15));
  Yarn yarn;
  yarn.mscale = 0.5;
  yarn.mscale_all_dim = 0.25;
  const double ratio = (0.05 * std::log(40) + 1) / (0.025 * std::log(40) + 1);
  CHECK(rope_table<float, Cpu>(64, 2, 1e4, yarn).cosine.at({0, 0}) == doctest::Approx(ratio).epsilon(1e-6));
  // Both ends of the ramp on one pair.
  yarn.original_length = 1;
  CHECK(rope_frequencies(2, 1e4, yarn)[0] > 0);

  int constants = 0;
  walk([&](const Place& place, const TensorBase&) { constants += place.role == Role::constant; }, plain);
  CHECK(constants == 2);
}

TEST_CASE("rope: turns pairs by position times frequency") {
  const auto table = rope_table<double, Cpu>(4, 10, 100);
  const auto x = Tensor<double>::from({1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 1, 4});
  const auto turned = [](double a, double b, double angle) {
    return std::pair{a * std::cos(angle) - b * std::sin(angle), b * std::cos(angle) + a * std::sin(angle)};
  };
  const auto pairs = rope(x, table, RopeLayout::interleaved, 3);
  const auto [a, b] = turned(7, 8, 4 * 0.1);
  CHECK(pairs.at({0, 1, 0, 2}) == doctest::Approx(a).epsilon(1e-14));
  CHECK(pairs.at({0, 1, 0, 3}) == doctest::Approx(b).epsilon(1e-14));
  const auto halves = rope(x, table, RopeLayout::half_split, Tensor<std::int32_t>::from({9, 0}, {1, 2}));
  const auto [c, d] = turned(2, 4, 9 * 0.1);
  CHECK(halves.at({0, 0, 0, 1}) == doctest::Approx(c).epsilon(1e-14));
  CHECK(halves.at({0, 0, 0, 3}) == doctest::Approx(d).epsilon(1e-14));
  CHECK(halves.at({0, 1, 0, 3}) == 8);
}

TEST_CASE("rope: gradients in double, of heads cut from wider ones too") {
  for (auto layout : {RopeLayout::interleaved, RopeLayout::half_split})
    for (std::int64_t width : {2, 6, 20}) {
      const auto table = rope_table<double, Cpu>(width, 9, 50);
      const auto positions = Tensor<std::int32_t>::from({8, 0, 3, 3}, {2, 2});
      auto x = Tensor<double>::normal({2, 2, 3, width + 3}, Key{1}).set_requires_grad();
      const auto cut = [&] { return x.slice(-1, 3, width + 3); };
      const auto listed = [&] { return rope(cut(), table, layout, positions); };
      CHECK(grad_error([&] { return rope(cut(), table, layout, 5); }, std::vector{x}) < 1e-6);
      CHECK(grad_error(listed, std::vector{x}, Difference::richardson) < 1e-9);
      const auto scattered = [&] { return cut().transpose(1, 2).contiguous().transpose(1, 2); };
      CHECK(grad_error([&] { return rope(scattered(), table, layout, positions); }, std::vector{x}) < 1e-6);
    }
}

TEST_CASE("rope: the tail of wider rows is rotated and the rest copied") {
  const auto table = rope_table<double, Cpu>(6, 9, 50);
  const auto positions = Tensor<std::int32_t>::from({8, 0, 3, 3}, {2, 2});
  for (auto layout : {RopeLayout::interleaved, RopeLayout::half_split})
    for (std::int64_t before : {1, 8, 21}) {
      auto x = Tensor<double>::normal({2, 2, 3, before + 6}, Key{2}).set_requires_grad();
      const auto y = rope(x, table, layout, positions, true);
      const auto part = [](const auto& t, auto begin, auto end) { return t.slice(-1, begin, end).contiguous(); };
      const auto turned = rope(part(x, before, before + 6), table, layout, positions);
      CHECK(part(y, before, before + 6).to_vector() == turned.to_vector());
      CHECK(part(y, 0, before).to_vector() == part(x, 0, before).to_vector());
      CHECK(grad_error([&] { return rope(x, table, layout, 5, true) + x; }, std::vector{x}) < 1e-6);
    }
}

TEST_CASE("rope: errors name shapes and positions") {
  const auto table = rope_table<float, Cpu>(4, 8, 1e4);
  const auto x = Tensor<float>::ones({1, 3, 2, 4});
  const auto layout = RopeLayout::interleaved;
  CHECK_THROWS_WITH_AS(rope(x, table, layout, 6), "rope: positions 6 to 8 are out of range for 8 rows of the table",
                       IndexError);
  CHECK_THROWS_AS(rope(x, table, layout, -1), IndexError);
  CHECK_THROWS_WITH_AS(rope(x, table, layout, Tensor<std::int32_t>::from({0, 8, 1}, {1, 3})),
                       "rope: position 8 at position 1 is out of range for 8 rows of the table", IndexError);
  CHECK_THROWS_WITH_AS(rope(x, table, layout, Tensor<std::int32_t>::from({0, 1}, {2})),
                       "rope: positions must be (B, L) of x (1, 3, 2, 4), got (2)", ShapeError);
  CHECK_THROWS_WITH_AS(rope(Tensor<float>::ones({1, 3, 2, 6}), table, layout),
                       "rope: x must be (B, L, H, 4) to match the table (8, 2), got (1, 3, 2, 6)", ShapeError);
  CHECK_THROWS_WITH_AS(rope(Tensor<float>::ones({1, 3, 2, 3}), table, layout, 0, true),
                       "rope: x must be (B, L, H, 4 or more) to match the table (8, 2), got (1, 3, 2, 3)", ShapeError);
  CHECK_THROWS_AS(rope(Tensor<float>::ones({3, 4}), table, layout), ShapeError);
  CHECK_THROWS_WITH_AS((rope_table<float, Cpu>(5, 8, 1e4)), "rope: the width must be even and above 0, got 5",
                       ValueError);
  CHECK_THROWS_WITH_AS((rope_table<float, Cpu>(4, 0, 1e4)), "rope: the table must have at least one position, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS((rope_table<float, Cpu>(4, 8, 1)), "rope: theta must be above 1, got 1", ValueError);
  Yarn yarn;
  yarn.factor = 0.5;
  CHECK_THROWS_WITH_AS((rope_table<float, Cpu>(4, 8, 1e4, yarn)),
                       "rope: YaRN's factor must be at least 1, its length and betas above 0, got 0.5, 4096, 32 and 1",
                       ValueError);
}
