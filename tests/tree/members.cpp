// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tensor/tensor.hpp>
#include <hadal/tree/members.hpp>

using namespace hadal;

namespace {

struct Leaf {
  Tensor<float> weight;
  std::optional<Tensor<float>> bias;
  double eps = 1e-6;
  static void visit(auto&& v, auto&... m) {
    v("weight", m.weight...);
    v("bias", m.bias...);
  }
};
struct Forgetful {
  Tensor<float> weight;
  std::string note;
  Tensor<float> forgotten;
  static void visit(auto&& v, auto&... m) { v("weight", m.weight...); }
};
struct Model {
  std::vector<Leaf> layers;
  std::array<Forgetful, 2> pair;
  std::int64_t width = 0;
  std::optional<Leaf> extra, absent;
  std::optional<Forgetful> missing;
  Tensor<float> buffer, table, stack;
  static void visit(auto&& v, auto&... m) {
    v("layers", m.layers...);
    v("pair", m.pair...);
    v("extra", m.extra...);
    v("absent", m.absent...);
    v.buffer("buffer", m.buffer...);
    v.constant("table", m.table...);
    v.stacked("experts", "weight", m.stack...);
  }
};

}  // namespace

TEST_CASE("forgotten_members finds what visit leaves out, at every depth") {
  CHECK(forgotten_members(Leaf{}).empty());
  CHECK(forgotten_members(Forgetful{}) == std::vector<std::string>{"2"});
  Model m;
  m.layers.resize(2);
  m.extra.emplace();
  CHECK(forgotten_members(m) == std::vector<std::string>{"1[0].2", "1[1].2", "5"});
}

TEST_CASE("members are counted through optionals, lists and numbers") {
  static_assert(detail::member_count<Leaf>() == 3);
  static_assert(detail::member_count<Model>() == 9);
}
