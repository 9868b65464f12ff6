// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/models/gpt2/model.hpp>

#include <support/module_check.hpp>

using namespace hadal;

TEST_CASE("GPT-2: names, gradients, causality, too long an input") {
  const Gpt2Config c{.vocab_size = 9, .n_positions = 6, .n_embd = 4, .n_layer = 1, .n_head = 2};
  auto model = Gpt2<double>::make(c, Key{1});
  CHECK(forgotten_members(model).empty());
  std::vector<std::string> names;
  for (const auto& p : parameters(model)) names.push_back(p.place.name);
  CHECK(names == std::vector<std::string>{"wte.weight", "wpe.weight", "h.0.ln_1.weight", "h.0.ln_1.bias", "h.0.attn.c_attn.weight",
                                          "h.0.attn.c_attn.bias", "h.0.attn.c_proj.weight", "h.0.attn.c_proj.bias", "h.0.ln_2.weight",
                                          "h.0.ln_2.bias", "h.0.mlp.c_fc.weight", "h.0.mlp.c_fc.bias", "h.0.mlp.c_proj.weight",
                                          "h.0.mlp.c_proj.bias", "ln_f.weight", "ln_f.bias"});
  const auto ids = Tensor<std::int32_t>::from({1, 8, 0, 1, 5, 2}, {2, 3});
  CHECK(module_grad_error(model, [&] { return model.loss(ids); }) < 1e-6);
  const auto all = model.logits(ids).slice(1, 0, 2).to_vector(), early = model.logits(ids.slice(1, 0, 2)).to_vector();
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == doctest::Approx(early[i]).epsilon(1e-12));
  CHECK_THROWS_WITH_AS(model.logits(Tensor<std::int32_t>::full({1, 7}, 0)), "gpt2: 7 tokens exceed n_positions 6", ShapeError);
  CHECK_THROWS_AS(Gpt2<double>::make({.n_embd = 5, .n_head = 2}, Key{1}), ConfigError);
}
