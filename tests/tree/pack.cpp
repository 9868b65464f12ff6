// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/tree/pack.hpp>

#include <hadal/models/deepseek/model.hpp>
#include <hadal/models/gpt2/model.hpp>
#include <hadal/tree/parameters.hpp>

#include <doctest/doctest.h>

#include "support/small_deepseek.hpp"

using namespace hadal;

namespace {

/// Sizes of whole blocks, so that a step is a step; weights as a trained model's.
DeepSeekConfig blocks() {
  DeepSeekConfig c = test::small_deepseek();
  c.hidden_size = 128;
  c.intermediate_size = 192;
  c.moe_intermediate_size = 64;
  c.q_lora_rank = c.kv_lora_rank = 64;
  c.qk_nope_head_dim = c.v_head_dim = 32;
  c.qk_rope_head_dim = 16;
  c.vocab_size = 50;
  c.initializer_range = 0.08;
  return c;
}

/// Root of the mean of (a - b)^2 over that of b^2.
double distance(const Tensor<float>& a, const Tensor<float>& b) {
  double square = 0, size = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double d = double(a.data()[i]) - b.data()[i];
    square += d * d;
    size += double(b.data()[i]) * b.data()[i];
  }
  return std::sqrt(square / size);
}

}  // namespace

TEST_CASE("pack: projections, experts and the head, and nothing else") {
  auto model = DeepSeek<bf16>::make(blocks(), Key{1});
  pack(model, PackedFormat::int4);
  for (const auto& layer : model.layers) {
    CHECK(layer.self_attn.o_proj.weight.packed);
    CHECK(layer.self_attn.q_b_proj->weight.packed);
    CHECK(layer.self_attn.kv_b_proj.weight.defined());
    CHECK(layer.input_layernorm.weight.defined());
  }
  CHECK(model.layers[0].dense->up_proj.weight.packed);
  CHECK(model.layers[1].moe->down_proj.packed);
  CHECK(model.layers[1].moe->gate.weight.defined());
  CHECK(model.lm_head->weight.packed);
  CHECK(model.embed_tokens.weight.defined());
  CHECK(model.mtp->eh_proj.weight.packed);
  pack(model, PackedFormat::int8);  // what is packed stays
  CHECK(model.lm_head->weight.packed.matrix.format == PackedFormat::int4);
  CHECK_THROWS_WITH_AS(parameters(model),
                       "parameters: 'model.layers.0.self_attn.q_a_proj.weight' is packed for decoding; "
                       "train and save the model it was made from",
                       ValueError);
  CHECK_THROWS_AS(trainable(model), ValueError);
}

TEST_CASE("pack: panels change no bit, and take no more memory than the weights") {
  GradMode off(false);
  const auto ids = Tensor<std::int32_t>::from(std::vector<std::int32_t>{3, 1, 4, 1, 5, 9, 2, 6}, {1, 8});
  const auto check = [&](auto model) {
    const auto before = model.wide_logits(model.hidden(ids).x);
    const std::size_t bytes = model.lm_head->weight.bytes();
    pack(model, PackedFormat::panels);
    CHECK(model.layers[1].moe->down_proj.packed);
    const PackedMatrix& head = model.lm_head->weight.packed.matrix;
    CHECK(static_cast<std::size_t>(head.bytes()) * static_cast<std::size_t>(head.out) ==
          bytes * static_cast<std::size_t>((head.out + 63) / 64 * 64));
    CHECK(distance(model.wide_logits(model.hidden(ids).x), before) == 0);
  };
  check(DeepSeek<float>::make(blocks(), Key{1}));
  check(DeepSeek<bf16>::make(blocks(), Key{1}));
}

TEST_CASE("pack: outputs stay as near as the steps are small") {
  GradMode off(false);
  const auto ids = Tensor<std::int32_t>::from(std::vector<std::int32_t>{3, 1, 4, 1, 5, 9, 2, 6}, {1, 8});
  const auto logits = [&](auto& model) { return model.wide_logits(model.hidden(ids).x); };
  auto model = DeepSeek<bf16>::make(blocks(), Key{1});
  const auto exact = logits(model);
  for (PackedFormat format : {PackedFormat::int8, PackedFormat::int4}) {
    auto m = DeepSeek<bf16>::make(blocks(), Key{1});
    pack(m, format);
    // A matrix of normal weights has its largest at about 3 deviations of a row (2.4 of a block). Rounding by a step s
    // adds noise of s / sqrt(12); so one product is off by 3 / 127 / sqrt(12) for the weights and as much for the
    // activations in int8, and by 2.4 / 8 / sqrt(12) for the weights in int4. About ten products lie one behind the
    // other (4 a layer and the head); their noise adds up in squares, and the residual keeps most of the signal apart.
    const double one =
        format == PackedFormat::int8 ? std::sqrt(2.0) * 3 / 127 / std::sqrt(12.0) : 2.4 / 8 / std::sqrt(12.0);
    const double far = distance(logits(m), exact);
    CHECK(far < one * std::sqrt(10.0));
    CHECK(far > one / 10);  // it is not the same model
  }
}

TEST_CASE("pack: GPT-2") {
  GradMode off(false);
  Gpt2Config c;
  c.vocab_size = 40;
  c.n_positions = 16;
  c.n_embd = 64;
  c.n_layer = 2;
  c.n_head = 2;
  c.initializer_range = 0.1;
  auto model = Gpt2<float>::make(c, Key{1});
  const auto ids = Tensor<std::int32_t>::from(std::vector<std::int32_t>{3, 1, 4, 1, 5}, {1, 5});
  const auto exact = model.logits(ids);
  pack(model, PackedFormat::int8);
  CHECK(model.h[0].c_fc.weight.packed);
  CHECK(model.wte.weight.defined());
  const double far = distance(model.logits(ids), exact);
  CHECK(far < std::sqrt(2.0) * 3 / 127 / std::sqrt(12.0) * std::sqrt(9.0));
  CHECK(far > 1e-4);
}
