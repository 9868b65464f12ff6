// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tree/parameters.hpp>
#include <hadal/tensor/views.hpp>

using namespace hadal;

namespace {
struct Model {
  Tensor<float> embed, experts, tied;
  Tensor<float> bias;
  Tensor<float> table;
  Tensor<std::int32_t> counts;
  static void visit(auto&& v, auto&... m) {
    v("embed.weight", m.embed...);
    v.stacked("experts", "up.weight", m.experts...);
    v("head.weight", m.tied...);
    v.buffer("gate.bias", m.bias...);
    v.constant("table", m.table...);
    v.buffer("counts", m.counts...);
  }
};
Model model() {
  Model m{Tensor<float>::ones({3, 2}), Tensor<float>::ones({4, 2, 5}), {}, Tensor<float>::ones({4}),
          Tensor<float>::ones({8}), Tensor<std::int32_t>::zeros({2})};
  m.tied = m.embed;
  return m;
}
}  // namespace

TEST_CASE("trainable gives gradients to trained tensors only, and parameters share them") {
  Model m = model();
  trainable(m);
  CHECK(m.embed.requires_grad());
  CHECK(m.experts.requires_grad());
  CHECK(!m.bias.requires_grad());
  CHECK(!m.table.requires_grad());
  const auto list = parameters(m);
  REQUIRE(list.size() == 2);
  CHECK(list[0].place.name == "embed.weight");
  CHECK(list[1].place.stacked);
  CHECK(list[1].place.entry(3) == "experts.3.up.weight");
  CHECK(list[0].tensor.data_address() == m.embed.data_address());
  m.embed.backward(Tensor<float>::ones({3, 2}));
  CHECK(list[0].tensor.slot()->gradient.defined());
  zero_grad(m);
  CHECK(!m.embed.grad().defined());
}

TEST_CASE("state_dict holds buffers too, count_parameters only what is trained") {
  const Model m = model();
  std::string names;
  for (const NamedTensor& t : state_dict(m)) names += t.place.name + " ";
  CHECK(names == "embed.weight experts.up.weight gate.bias counts ");
  CHECK(count_parameters(m) == 6 + 40);
}
