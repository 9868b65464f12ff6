// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/models/deepseek/model.hpp>

#include <support/module_check.hpp>
#include <support/tiny_deepseek.hpp>

using namespace hadal;

TEST_CASE("MultiTokenPrediction: gradients, and the columns are [embedding ; hidden]") {
  auto model = DeepSeek<double>::make(tiny_deepseek(), Key{1});
  auto& m = *model.mtp;
  CHECK(forgotten_members(m).empty());
  auto hidden = Tensor<double>::normal({1, 3, 6}, Key{2}).set_requires_grad();
  auto next = Tensor<double>::normal({1, 3, 6}, Key{3}).set_requires_grad();
  CHECK(module_grad_error(m, [&] { return m(hidden, next, model.rope).x; }, {hidden, next}) < 1e-6);
  // Without its first half of columns the embedding does not matter, the hidden state does.
  auto cut = m.eh_proj.weight.detach().clone();
  for (std::int64_t i = 0; i < 6; ++i)
    for (std::int64_t j = 0; j < 6; ++j) cut.data()[i * 12 + j] = 0;
  m.eh_proj.weight = cut;
  CHECK(m(hidden, next, model.rope).x.to_vector() == m(hidden, hidden, model.rope).x.to_vector());
  CHECK(m(hidden, next, model.rope).x.to_vector() != m(next, next, model.rope).x.to_vector());
  CHECK_THROWS_AS(m(hidden, next.slice(1, 0, 2), model.rope), ShapeError);
}
