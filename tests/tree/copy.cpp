// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tree/copy.hpp>

using namespace hadal;

namespace {
template <class T>
struct Model {
  Tensor<T> a;
  Tensor<float> buffer;
  Tensor<std::int32_t> counts;
  static void visit(auto&& v, auto&... m) {
    v("layer.a", m.a...);
    v.buffer("buffer", m.buffer...);
    v.buffer("counts", m.counts...);
  }
};
template <class T>
Model<T> model(double value, Shape shape = {2, 3}) {
  return {Tensor<T>::full(shape, value), Tensor<float>::full({2}, value), Tensor<std::int32_t>::full({1}, value)};
}
template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}
}  // namespace

TEST_CASE("copy_values converts between element types, also through strides") {
  Model<float> from = model<float>(0);
  from.a = Tensor<float>::from({1, 2, 3, 4.00390625f, 5, 6}, {3, 2}).transpose();  // (2, 3), not contiguous
  Model<bf16> narrow = model<bf16>(7);
  copy_values(narrow, from);
  const std::vector<bf16> values = narrow.a.to_vector();
  const float expected[] = {1, 3, 5, 2, 4, 6};
  for (std::size_t i = 0; i < 6; ++i) CHECK(static_cast<float>(values[i]) == expected[i]);
  Model<double> wide = model<double>(7);
  copy_values(wide, narrow);
  CHECK(wide.a.to_vector() == std::vector<double>{1, 3, 5, 2, 4, 6});
  CHECK(wide.counts.item() == 0);
  Model<float> same = model<float>(7);
  copy_values(same, from);
  CHECK(same.a.to_vector() == std::vector<float>{1, 3, 5, 2, 4.00390625f, 6});
}

TEST_CASE("copy_values counts as a write and works under an active tape") {
  Model<float> to = model<float>(1);
  to.a.set_requires_grad();
  const auto version = to.a.version();
  copy_values(to, model<float>(2));
  CHECK(to.a.version() > version);
  CHECK(to.a.at({1, 2}) == 2);
}

TEST_CASE("copy_values: errors name the tensor") {
  Model<float> to = model<float>(1);
  CHECK(message([&] { copy_values(to, model<float>(1, {3, 2})); }) == "layer.a: cannot copy (3, 2) into (2, 3)");
  Model<float> lacking = model<float>(1);
  lacking.buffer = {};
  CHECK(message([&] { copy_values(to, lacking); }) ==
        "copy_values: 'buffer' is present in one model and absent in the other");
}

TEST_CASE("average moves towards the other model") {
  Model<float> a = model<float>(1);
  average(a, model<float>(3), 0.75);
  CHECK(a.a.at({0, 0}) == 1.5f);
  CHECK(a.buffer.at({1}) == 1.5f);
  CHECK(a.counts.item() == 3);
  average(a, model<bf16>(1.5), 0);
  CHECK(a.a.at({1, 1}) == 1.5f);
  CHECK(message([&] { average(a, model<float>(1), 1.5); }) == "average: keep must be between 0 and 1, got 1.5");
  CHECK(message([&] { average(a, model<float>(1, {6}), 0.5); }) == "layer.a: cannot average (2, 3) with (6)");
}
