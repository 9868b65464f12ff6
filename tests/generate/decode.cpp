// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/generate/decode.hpp>
#include <hadal/models/deepseek/model.hpp>

#include <support/tiny_deepseek.hpp>

using namespace hadal;

TEST_CASE("generate: greedy tokens are those of the whole sequence computed again each time") {
  const auto model = DeepSeek<double>::make(tiny_deepseek(), Key{4});
  const std::vector<std::int32_t> prompt{3, 7, 1};
  const auto written = generate(model, prompt, 12, {.temperature = 0});
  std::vector<std::int32_t> all = prompt;
  for (int i = 0; i < 12; ++i) {
    const auto n = std::ssize(all);
    const auto h = model.hidden(Tensor<std::int32_t>::from(all, {1, n})).x;
    const auto v = model.logits(h.slice(1, n - 1, n)).to_vector();
    all.push_back(static_cast<std::int32_t>(std::max_element(v.begin(), v.end()) - v.begin()));
  }
  CHECK(written == std::vector<std::int32_t>(all.begin() + 3, all.end()));
}

TEST_CASE("generate: stops when told, repeats with the seed, refuses what it cannot do") {
  const auto model = DeepSeek<float>::make(tiny_deepseek(), Key{4});
  int seen = 0;
  CHECK(generate(model, {1}, 10, {}, [&](std::int32_t) { return ++seen < 4; }).size() == 4);
  CHECK(generate(model, {1}, 20, {.seed = 5}) == generate(model, {1}, 20, {.seed = 5}));
  CHECK(generate(model, {1}, 20, {.seed = 5}) != generate(model, {1}, 20, {.seed = 6}));
  CHECK(generate(model, {1}, 0).empty());
  CHECK_THROWS_AS(generate(model, {}, 3), ValueError);
  CHECK_THROWS_AS(generate(model, {1}, -1), ValueError);
  CHECK_THROWS_AS(generate(model, {1}, 100), ValueError);
  CHECK_THROWS_AS(generate(model, {11}, 1), IndexError);
}
