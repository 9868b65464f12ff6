// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/models/gpt2/model.hpp>

#include <hadal/tensor/grad_check.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"

namespace gpt2_test {
using namespace hadal;
using test::distance, test::leaves, test::names;

Gpt2Config config(std::int64_t layers) {
  return {.vocab_size = 5, .n_positions = 4, .n_embd = 4, .n_layer = layers, .n_head = 2, .initializer_range = 0.5};
}
const auto window = Tensor<std::int32_t>::from({0, 3, 1, 4, 2, 2, 0, 1}, {2, 4});

TEST_CASE("gpt2: gradients of the loss") {
  auto m = Gpt2<double>::make(config(2), Key{1});
  CHECK(grad_error([&] { return m.loss(window); }, leaves(m)) < 1e-6);
}

TEST_CASE("gpt2: names and shapes are the published ones, the head is the embedding") {
  const auto m = Gpt2<double>::make(config(1), Key{2});
  CHECK(names(m) == std::vector<std::string>{
                        "wte.weight", "wpe.weight", "h.0.ln_1.weight", "h.0.ln_1.bias", "h.0.attn.c_attn.weight",
                        "h.0.attn.c_attn.bias", "h.0.attn.c_proj.weight", "h.0.attn.c_proj.bias", "h.0.ln_2.weight",
                        "h.0.ln_2.bias", "h.0.mlp.c_fc.weight", "h.0.mlp.c_fc.bias", "h.0.mlp.c_proj.weight",
                        "h.0.mlp.c_proj.bias", "ln_f.weight", "ln_f.bias"});
  CHECK(m.h[0].c_attn.weight.shape() == Shape{4, 12});
  CHECK(m.h[0].mlp_proj.weight.shape() == Shape{16, 4});
  CHECK(forgotten_members(m).empty());
  const auto ids = window.slice(1, 0, 3);
  CHECK(distance(m.logits(ids), linear(m.hidden(ids), m.wte.weight)) == 0);
}

TEST_CASE("gpt2: the loss is the cross entropy of its logits; a token sees nothing later") {
  const auto m = Gpt2<double>::make(config(2), Key{3});
  const auto z = m.logits(window.slice(1, 0, 3));
  double expected = 0;
  for (std::int64_t i = 0; i < 6; ++i) {
    double total = 0;
    for (std::int64_t v = 0; v < 5; ++v) total += std::exp(z.at({i / 3, i % 3, v}));
    expected += (std::log(total) - z.at({i / 3, i % 3, window.at({i / 3, i % 3 + 1})})) / 6;
  }
  CHECK(std::abs(m.loss(window).item() - expected) < 1e-13);
  CHECK(distance(m.logits(window.slice(1, 0, 2)), z.slice(1, 0, 2)) < 1e-13);
}

TEST_CASE("gpt2: what does not fit is an error") {
  const auto m = Gpt2<double>::make(config(1), Key{4});
  CHECK_THROWS_WITH_AS(m.hidden(Tensor<std::int32_t>::zeros({1, 5})), "gpt2: 5 tokens exceed n_positions 4",
                       ShapeError);
  CHECK_THROWS_WITH_AS(m.loss(window.slice(1, 0, 1)), "gpt2 loss: the window (2, 1) must hold at least two tokens",
                       ShapeError);
  auto c = config(1);
  c.n_head = 3;
  CHECK_THROWS_WITH_AS(Gpt2<double>::make(c, Key{1}), "gpt2: n_embd 4 is not a multiple of n_head 3", ConfigError);
  c.vocab_size = 0;
  CHECK_THROWS_WITH_AS(Gpt2<double>::make(c, Key{1}), "gpt2: all sizes must be positive", ConfigError);
}

}  // namespace gpt2_test
