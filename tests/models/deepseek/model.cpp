// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/models/deepseek/model.hpp>
#include <hadal/tensor/recompute.hpp>

#include <support/module_check.hpp>
#include <support/tiny_deepseek.hpp>

using namespace hadal;

namespace {

Tensor<std::int32_t> window(std::int64_t B, std::int64_t columns) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < B * columns; ++i) ids.push_back(static_cast<std::int32_t>(random_below(Key{9}, static_cast<std::uint64_t>(i), 11)));
  return Tensor<std::int32_t>::from(ids, {B, columns});
}

template <class T>
std::vector<std::vector<T>> gradients(const DeepSeek<T>& model) {
  std::vector<std::vector<T>> all;
  for (const auto& p : parameters(model)) all.push_back(Tensor<T>::wrap(p.tensor.slot()->gradient).to_vector());
  return all;
}

}  // namespace

TEST_CASE("DeepSeek: tensors are named as published") {
  auto model = DeepSeek<float>::make(tiny_deepseek(), Key{1});
  std::set<std::string> names;
  walk([&](const Place& p, auto& t) {
    if (p.role == Role::constant) return;
    for (std::int64_t i = 0; i < (p.stacked ? t.shape(0) : 1); ++i) names.insert(p.stacked ? p.entry(i) : p.name);
  }, model);
  for (const char* name :
       {"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight", "model.layers.0.mlp.gate_proj.weight",
        "model.layers.0.self_attn.q_a_proj.weight", "model.layers.0.self_attn.kv_a_proj_with_mqa.weight",
        "model.layers.0.self_attn.kv_a_layernorm.weight", "model.layers.1.mlp.gate.weight",
        "model.layers.1.mlp.gate.e_score_correction_bias", "model.layers.1.mlp.experts.3.down_proj.weight",
        "model.layers.1.mlp.shared_experts.up_proj.weight", "model.layers.2.enorm.weight", "model.layers.2.hnorm.weight",
        "model.layers.2.eh_proj.weight", "model.layers.2.shared_head.norm.weight", "model.layers.2.input_layernorm.weight"})
    CHECK_MESSAGE(names.count(name) == 1, name);
  CHECK(forgotten_members(model).empty());
  auto c = tiny_deepseek();
  c.tie_word_embeddings = true;
  const auto tied = DeepSeek<float>::make(c, Key{1});
  CHECK(!tied.lm_head);
  CHECK(&tied.head() == &tied.embed_tokens.weight);
  CHECK(count_parameters(tied) == count_parameters(model) - 11 * 6);
  CHECK(model.active_parameters() < count_parameters(model));
}

TEST_CASE("DeepSeek: the gradient of the loss") {
  auto model = DeepSeek<double>::make(tiny_deepseek(), Key{1});
  const auto ids = window(1, 6);
  CHECK(module_grad_error(model, [&] { return model.loss(ids).total; }) < 1e-6);
}

TEST_CASE("DeepSeek: recomputing the blocks changes no bit") {
  auto model = DeepSeek<double>::make(tiny_deepseek(), Key{1});
  trainable(model);
  const auto ids = window(2, 5);
  const auto run = [&](bool again) {
    zero_grad(model);
    const auto h = model.hidden(ids, [&](std::size_t i, const Tensor<double>& x) {
      return again ? recompute(model.layers[i], x, model.rope) : model.layers[i](x, model.rope);
    });
    h.x.backward(Tensor<double>::ones(h.x.shape()));
    std::vector<std::vector<double>> all{h.x.to_vector()};
    for (const auto& p : parameters(model))
      if (p.tensor.slot()->gradient.defined()) all.push_back(Tensor<double>::wrap(p.tensor.slot()->gradient).to_vector());
    return all;
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("DeepSeek: one thread or two, the same bits") {
  auto model = DeepSeek<float>::make(tiny_deepseek(), Key{1});
  trainable(model);
  const auto ids = window(3, 20);
  const int before = threads();
  const auto run = [&](int n) {
    set_threads(n);
    zero_grad(model);
    const auto loss = model.loss(ids).total;
    loss.backward();
    auto all = gradients(model);
    all.push_back({loss.item()});
    return all;
  };
  const auto one = run(1), two = run(2);
  set_threads(before);
  CHECK(one == two);
}

TEST_CASE("DeepSeek: the second prediction trains on its share of the sequences") {
  const auto model = DeepSeek<float>::make(tiny_deepseek(), Key{1});
  const auto ids = window(4, 7);
  const auto part = model.loss(ids, {.weight = 0.5, .share = 0.25}), none = model.loss(ids, {.share = 0});
  CHECK(part.next.item() == model.loss(ids.slice(0, 0, 1)).next.item());
  CHECK(part.total.item() == doctest::Approx(part.main.item() + 0.5 * part.next.item()));
  CHECK(!none.next.defined());
  CHECK(none.total.item() == none.main.item());
  CHECK(part.load.size() == 2);
  CHECK_THROWS_AS(model.loss(window(1, 2)), ShapeError);
  CHECK_THROWS_AS(model.make_cache(1, 33), ValueError);
}

TEST_CASE("DeepSeek: bf16 stays close to float on the same weights") {
  auto half = DeepSeek<bf16>::make(tiny_deepseek(), Key{1});
  auto full = DeepSeek<float>::make(tiny_deepseek(), Key{1});
  walk([](const Place&, auto& to, const auto& from) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(from)>, Tensor<bf16>>) {
      const auto v = from.to_vector();
      to = Tensor<float>::from(std::vector<float>(v.begin(), v.end()), from.shape());
    }
  }, full, half);
  trainable(half);
  const auto ids = window(2, 7);
  const auto loss = half.loss(ids).total;
  loss.backward();
  // About 25 roundings of relative size 2^-9 lie on the way to the logits, whose size is below 3; errors add at worst.
  CHECK(std::abs(loss.item() - full.loss(ids).total.item()) < 25 * 0x1p-9 * 3);
  const Tensor<float> g = half.embed_tokens.weight.grad();
  CHECK(g.defined());
}
