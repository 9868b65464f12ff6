// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <golden/deepseek_fixture.hpp>
#include <hadal/tensor/grad_mode.hpp>
#include <io/scratch.hpp>

namespace deepseek_golden_test {
using namespace hadal;
using namespace hadal::test;

TEST_CASE("golden: DeepSeek models compute what transformers computes, layer by layer, and have its gradients") {
  for (const std::string& name : deepseek_fixtures) {
    CAPTURE(name);
    const DeepSeekFixture f(name);
    auto m = f.model<float>();
    CHECK(m.mtp.has_value() == (f.config.num_nextn_predict_layers == 1));
    for (const auto& [what, x] : forward(m, f.ids())) {
      CAPTURE(what);
      CHECK(f.error(what, x) < 1e-5);
    }
    trainable(m);
    const auto loss = m.loss(f.ids());
    CHECK(f.error("loss.main", loss.main) < 1e-5);
    CHECK(f.error("loss.total", loss.total) < 1e-5);
    if (m.mtp) CHECK(f.error("loss.next", loss.next) < 1e-5);
    loss.total.backward();
    for (const NamedTensor& p : parameters(m)) {
      const auto gradient = Tensor<float>::wrap(p.tensor.slot()->gradient);
      for (std::int64_t e = 0; e < (p.place.stacked ? gradient.shape(0) : 1); ++e) {
        const std::string part = p.place.stacked ? p.place.entry(e) : p.place.name;
        CAPTURE(part);
        CHECK(f.error("gradient." + part, p.place.stacked ? gradient.select(0, e) : gradient) < 1e-4);
      }
    }
  }
}

TEST_CASE("golden: DeepSeek models compute the same token by token over their cache") {
  for (const std::string& name : deepseek_fixtures) {
    CAPTURE(name);
    const DeepSeekFixture f(name);
    const auto m = f.model<float>();
    const GradMode off(false);
    const std::int64_t B = f.ids().shape(0), L = f.ids().shape(1) - m.lookahead();
    auto cache = m.make_cache(B, L);
    std::vector<Tensor<float>> logits;
    for (std::int64_t at = 0, n = 4; at < L; at += n, n = 1)  // four at once, then one by one
      logits.push_back(m.logits(m.hidden(f.ids().slice(1, at, at + n), cache).x));
    CHECK(f.error("logits", concatenate(logits, 1)) < 1e-5);
  }
}

// tests/transformers has the saved folders read by transformers: it names where to leave them.
TEST_CASE("golden: DeepSeek models saved again, in shards, read back the same") {
  const ScratchFolder scratch;
  const char* kept = std::getenv("HADAL_SAVE_TO");
  for (const std::string& name : deepseek_fixtures) {
    CAPTURE(name);
    const DeepSeekFixture f(name);
    const auto m = f.model<float>();
    const std::string folder = (kept ? kept : scratch.path) + std::string("/") + name;
    save_pretrained(folder, m, {.max_shard_bytes = 20000});
    CHECK(std::filesystem::exists(folder + "/model.safetensors.index.json"));
    CHECK(f.error("logits", forward(load_pretrained<float>(folder), f.ids())[f.config.num_hidden_layers + 1].second) <
          1e-5);
  }
}

}  // namespace deepseek_golden_test
