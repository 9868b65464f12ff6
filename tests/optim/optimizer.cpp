// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/optimizer.hpp>
#include <hadal/tensor/views.hpp>

#include <cmath>

using namespace hadal;

namespace {

template <class T>
struct Model {
  Tensor<T> embed, up, experts, norm;
  static void visit(auto&& v, auto&... m) {
    v("embed.weight", m.embed...);
    v("up.weight", m.up...);
    v.stacked("experts", "up.weight", m.experts...);
    v("norm.weight", m.norm...);
  }
};
template <class T>
Model<T> model() {
  Model<T> m{Tensor<T>::normal({5, 4}, Key{1}), Tensor<T>::normal({3, 4}, Key{2}), Tensor<T>::normal({2, 3, 4}, Key{3}),
             Tensor<T>::ones({4})};
  trainable(m);
  return m;
}
template <class T>
void give_gradients(Model<T>& m, std::uint64_t t) {
  zero_grad(m);
  walk([&](const Place& place, auto& x) {
    x.backward(std::remove_reference_t<decltype(x)>::normal(x.shape(), Key{t}.fold(place.name)));
  }, m);
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

TEST_CASE("each parameter goes to the first group that takes it") {
  auto m = model<double>();
  ParameterGroup frozen{Sgd{}, 0, 0, {"norm.weight"}, {}}, slow{Sgd{0.9}, 0.5, 0, {}, is_hidden_matrix},
      rest{AdamW{}, 1, 0, {}, {}};
  Optimizer o = make_optimizer(m, {frozen, slow, rest});
  std::string names;
  for (const auto& s : o.state()) names += s.place.name + " ";
  CHECK(names ==
        "step embed.weight.first_moment embed.weight.second_moment up.weight.momentum experts.up.weight.momentum ");
  const auto up = m.up.to_vector();
  give_gradients(m, 1);
  const auto g = m.up.grad().to_vector();
  o.step(0.1);
  CHECK(o.steps() == 1);
  CHECK(m.norm.to_vector() == std::vector<double>(4, 1.0));
  for (std::size_t i = 0; i < up.size(); ++i) CHECK(m.up.to_vector()[i] == doctest::Approx(up[i] - 0.05 * g[i]));
}

TEST_CASE("half weights step on float masters") {
  auto m = model<bf16>();
  Optimizer o = make_optimizer(m, {ParameterGroup{AdamW{}, 1, 0, {}, {}}});
  CHECK(o.state().size() == 1 + 4 * 3);
  const float before = static_cast<float>(m.norm.at({0}));
  for (std::uint64_t t = 0; t < 50; ++t) {
    zero_grad(m);
    walk([](const Place&, auto& x) { x.backward(Tensor<bf16>::ones(x.shape())); }, m);
    o.step(1e-4);  // far below half a unit in the last place of 1
  }
  CHECK(before == 1);
  CHECK(static_cast<float>(m.norm.at({0})) == bf16(1.0f - 50e-4f));
  const auto master = Tensor<float>::wrap(o.state().back().tensor);
  CHECK(o.state().back().place.name == "norm.weight.master");
  CHECK(master.at({0}) == doctest::Approx(1 - 50e-4).epsilon(1e-6));
}

TEST_CASE("an optimizer goes on from saved state to the bit") {
  auto m = model<float>();
  Optimizer o = make_optimizer(m, muon_groups());
  const auto run = [](Model<float>& x, Optimizer& with, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t t = from; t < to; ++t) {
      give_gradients(x, t);
      with.step(0.01);
    }
  };
  run(m, o, 0, 3);
  auto n = model<float>();
  Optimizer p = make_optimizer(n, muon_groups());
  const auto from = o.state(), to = p.state(), weights = parameters(m), copies = parameters(n);
  REQUIRE(from.size() == to.size());
  for (std::size_t i = 0; i < from.size(); ++i)
    std::memcpy(to[i].tensor.data_address(), from[i].tensor.data_address(), from[i].tensor.bytes());
  for (std::size_t i = 0; i < weights.size(); ++i)
    std::memcpy(copies[i].tensor.data_address(), weights[i].tensor.data_address(), weights[i].tensor.bytes());
  run(m, o, 3, 6);
  run(n, p, 3, 6);
  CHECK(p.steps() == 6);
  walk([](const Place&, auto& a, auto& b) { CHECK(a.to_vector() == b.to_vector()); }, m, n);
}

TEST_CASE("optimizer: errors name the parameter and change nothing") {
  auto m = model<float>();
  Optimizer o = make_optimizer(m);
  CHECK(message([&] { o.step(0.1); }) == "optimizer: 'embed.weight' (5, 4) has no gradient");
  give_gradients(m, 1);
  CHECK(message([&] { o.step(std::nan("")); }) ==
        "optimizer: the learning rate must be finite and not negative, got nan");
  CHECK_THROWS_AS(o.step(-1), ValueError);
  m.up.slot()->gradient = Tensor<float>::ones({4, 3});
  CHECK(message([&] { o.step(0.1); }) == "optimizer: the gradient of 'up.weight' must be (3, 4), got (4, 3)");
  CHECK(o.steps() == 0);
}

TEST_CASE("make_optimizer: errors") {
  auto m = model<float>();
  const auto fails = [&](ParameterGroup g) { return message([&] { make_optimizer(m, {g}); }); };
  CHECK(fails({AdamW{}, 1, 0, {"wte"}, {}}) ==
        "make_optimizer: a group names 'wte', which is no parameter of the model");
  CHECK(fails({AdamW{}, 1, 0, {"embed.weight"}, {}}) == "make_optimizer: no group takes 'up.weight' (3, 4)");
  CHECK(fails({Muon{}, 1, 0, {}, {}}) == "muon: 'norm.weight' must be a matrix or a stack of them, got (4)");
  CHECK(fails({AdamW{}, std::nan(""), 0, {}, {}}).starts_with("make_optimizer: lr_scale and weight_decay"));
  Model<float> bare{Tensor<float>::ones({2}), {}, {}, {}};
  CHECK(message([&] { make_optimizer(bare); }) ==
        "make_optimizer: 'embed.weight' must be contiguous and collect gradients; call trainable(model) first");
}
