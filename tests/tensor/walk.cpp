// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tensor/walk.hpp>
#include <hadal/tensor/views.hpp>

using namespace hadal;

namespace {

template <class T>
struct Part {
  Tensor<T> weight;
  std::optional<Tensor<T>> bias;
  static void visit(auto&& v, auto&... self) {
    v("weight", self.weight...);
    v("bias", self.bias...);
  }
};

template <class T>
struct Whole {
  std::vector<Part<T>> layers;
  Tensor<float> counts;
  Tensor<T> table, experts, tied;
  static void visit(auto&& v, auto&... self) {
    v("model.layers", self.layers...);
    v.buffer("counts", self.counts...);
    v.constant("table", self.table...);
    v.stacked("experts", "up_proj.weight", self.experts...);
    v("head", self.tied...);
  }
};

template <class T>
Whole<T> whole() {
  Whole<T> w{{{Tensor<T>::ones({2}), {}}, {Tensor<T>::ones({2}), Tensor<T>::ones({1})}},
             Tensor<float>::ones({1}), Tensor<T>::ones({1}), Tensor<T>::ones({3, 2}), {}};
  w.tied = w.layers[0].weight;
  return w;
}

std::vector<std::string> names(auto& m) {
  std::vector<std::string> list;
  walk([&](const Place& p, auto&) { list.push_back(p.name); }, m);
  return list;
}

}  // namespace

TEST_CASE("walk: published names, in the order of the listing, shared tensors once") {
  auto w = whole<float>();
  CHECK(names(w) == std::vector<std::string>{"model.layers.0.weight", "model.layers.1.weight", "model.layers.1.bias",
                                             "counts", "table", "experts.up_proj.weight"});
  std::vector<Role> roles;
  std::string third;
  walk([&](const Place& p, auto&) {
    roles.push_back(p.role);
    if (p.stacked) third = p.entry(2);
  }, w);
  CHECK(roles ==
        std::vector<Role>{Role::trained, Role::trained, Role::trained, Role::buffer, Role::constant, Role::trained});
  CHECK(third == "experts.2.up_proj.weight");
  const auto& constant = w;
  CHECK(names(constant).size() == 6);
}

TEST_CASE("walk: goes through trees of different element types in step") {
  auto a = whole<float>();
  auto b = whole<bf16>();
  int count = 0;
  walk([&](const Place&, auto& x, auto& y) {
    CHECK(x.shape() == y.shape());
    ++count;
  }, a, b);
  CHECK(count == 6);
  b.layers[1].bias.reset();
  CHECK_THROWS_AS(walk([](const Place&, auto&, auto&) {}, a, b), ValueError);
  b.layers.pop_back();
  CHECK_THROWS_WITH_AS(walk([](const Place&, auto&, auto&) {}, a, b), "walk: 'model.layers' has different lengths",
                       ValueError);
}

TEST_CASE("walk: tensors, pairs and tuples are walked too") {
  auto t =
      std::make_tuple(Tensor<float>::ones({1}), std::make_pair(Tensor<float>::ones({1}), Tensor<double>::ones({1})));
  CHECK(names(t) == std::vector<std::string>{"0", "1.0", "1.1"});
}
