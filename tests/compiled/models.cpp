// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/hadal.hpp>

#include <doctest/doctest.h>

using namespace hadal;

TEST_CASE("compiled: a model of the library trains") {
  DeepSeekConfig c{.vocab_size = 11, .hidden_size = 8, .num_hidden_layers = 1, .num_attention_heads = 2,
                   .kv_lora_rank = 4, .qk_nope_head_dim = 4, .qk_rope_head_dim = 2, .v_head_dim = 4};
  c.moe_intermediate_size = 4, c.n_routed_experts = 4, c.n_shared_experts = 1, c.num_experts_per_tok = 2;
  c.max_position_embeddings = 16;
  auto model = DeepSeek<>::make(c, Key{1});
  trainable(model);
  Optimizer optimizer = make_optimizer(model);
  const auto window = Tensor<std::int32_t>::from({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 9});
  double first = 0, last = 0;
  for (int step = 0; step < 10; ++step) {
    last = train_step(model, optimizer, {.lr = 1e-2}, [&](int) { return model.loss(window).total; }).loss;
    if (step == 0) first = last;
  }
  CHECK(last < first);
}
