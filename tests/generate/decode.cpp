// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/generate/decode.hpp>

#include <hadal/models/deepseek/model.hpp>

#include <doctest/doctest.h>

#include "support/small_deepseek.hpp"

namespace decode_test {
using namespace hadal;
using Ids = std::vector<std::int32_t>;

TEST_CASE("generate: greedy decoding equals computing everything again for every token") {
  const auto m = DeepSeek<double>::make(test::small_deepseek(), Key{1});
  Ids text = {3, 1};
  for (int step = 0; step < 10; ++step) {
    const auto n = static_cast<std::int64_t>(text.size());
    const auto z = m.logits(m.hidden(Tensor<std::int32_t>::from(text, {1, n})).x).slice(1, n - 1, n).to_vector();
    text.push_back(static_cast<std::int32_t>(std::max_element(z.begin(), z.end()) - z.begin()));
  }
  Ids seen;
  const auto note = [&](std::int32_t token) { seen.push_back(token); return true; };
  const Ids written = generate(m, {3, 1}, 10, {.temperature = 0}, note);
  CHECK(written == Ids(text.begin() + 2, text.end()));
  CHECK(seen == written);
}

TEST_CASE("generate: the same seed writes the same text; on_token stops it; it fits the model") {
  const auto m = DeepSeek<double>::make(test::small_deepseek(), Key{2});
  const Ids a = generate(m, {0}, 15, {.seed = 1});
  CHECK(a.size() == 15);
  CHECK(a == generate(m, {0}, 15, {.seed = 1}));
  CHECK(a != generate(m, {0}, 15, {.seed = 2}));
  int calls = 0;
  CHECK(generate(m, {0}, 15, {.seed = 1}, [&](std::int32_t) { return ++calls < 4; }) == Ids(a.begin(), a.begin() + 4));
  CHECK(calls == 4);
  CHECK(generate(m, {0}, 0).empty());
  CHECK_THROWS_WITH_AS(generate(m, {}, 3), "generate: the prompt must have at least one token", ValueError);
  CHECK_THROWS_WITH_AS(generate(m, {0}, -1), "generate: the number of tokens must not be negative, got -1", ValueError);
  CHECK_THROWS_AS(generate(m, {0, 1}, 15), ValueError);  // 17 tokens, 16 positions
  CHECK_THROWS_AS(generate(m, {0}, 1, {.top_p = 0}), ValueError);
  CHECK_THROWS_AS(generate(m, {7}, 1), IndexError);
}

}  // namespace decode_test
