// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/generate/generator.hpp>

#include <hadal/models/deepseek/model.hpp>

#include <doctest/doctest.h>

#include "support/bytes_tokenizer.hpp"
#include "support/chi_square.hpp"
#include "support/small_deepseek.hpp"

namespace generator_test {
using namespace hadal;
using Ids = std::vector<std::int32_t>;

const DeepSeek<float>& model() {
  static const auto m = [] {
    auto c = test::small_deepseek();
    c.max_position_embeddings = 64;
    return DeepSeek<float>::make(c, Key{3});
  }();
  return m;
}

/// Texts of different lengths, of which two are decoded together.
std::vector<GenerateRequest> requests(double temperature = 0) {
  std::vector<GenerateRequest> list;
  const std::vector<Ids> prompts = {{3, 1, 4, 1, 5}, {2}, {6, 5, 3, 5, 6, 2, 0, 5, 1}, {1, 1}};
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    list.push_back({prompts[i], static_cast<std::int64_t>(30 - 7 * i)});
    list.back().sampling.temperature = temperature;
    list.back().sampling.seed = i;
  }
  return list;
}

void check_equal(const std::vector<GeneratedText>& a, const std::vector<GeneratedText>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].ids() == b[i].ids());
    REQUIRE(a[i].tokens.size() == b[i].tokens.size());
    for (std::size_t k = 0; k < a[i].tokens.size(); ++k)
      CHECK(a[i].tokens[k].log_probability == b[i].tokens[k].log_probability);
  }
}

TEST_CASE("generator: a text depends neither on its neighbours nor on the chunks, nor on the threads, bit for bit") {
  for (const double temperature : {0.0, 1.0}) {
    // Which form is cheaper depends on the chunk, so it is given.
    const auto run = [&](GeneratorOptions o) {
      o.prefill_form = LatentForm::naive;
      return Generator(model(), o).run(requests(temperature));
    };
    const auto together = run({.batch = 2});
    REQUIRE(together.size() == 4);
    CHECK(together[0].tokens.size() == 30);
    CHECK(together[3].tokens.size() == 9);
    check_equal(together, run({.batch = 1}));
    check_equal(together, run({.batch = 4, .prefill_chunk = 2}));
    const int before = threads();
    set_threads(2);
    check_equal(together, run({.batch = 3, .prefill_chunk = 1}));
    set_threads(before);
  }
}

TEST_CASE("generator: log-probabilities are those that training computes, bit for bit with the naive form") {
  const auto list = requests(1.0);
  for (const LatentForm form : {LatentForm::naive, LatentForm::absorbed}) {
    const auto texts = Generator(model(), {.batch = 3, .prefill_form = form, .decode_form = form}).run(list);
    for (std::size_t i = 0; i < list.size(); ++i) {
      Ids all = list[i].prompt;
      const auto n = static_cast<std::int64_t>(all.size());
      for (const std::int32_t t : texts[i].ids()) all.push_back(t);
      const auto ids = Tensor<std::int32_t>::from(all, {1, static_cast<std::int64_t>(all.size())});
      const auto h = model().hidden(ids).x;
      for (std::size_t k = 0; k < texts[i].tokens.size(); ++k) {
        const std::int64_t at = n + static_cast<std::int64_t>(k);
        const float loss = linear_cross_entropy(h.slice(1, at - 1, at), model().head(), ids.slice(1, at, at + 1), -100,
                                                Reduction::sum)
                               .item();
        const double difference = texts[i].tokens[k].log_probability + static_cast<double>(loss);
        if (form == LatentForm::naive) CHECK(difference == 0);
        else CHECK(std::abs(difference) < 1e-5);
      }
    }
  }
}

TEST_CASE("generator: caches of half width and of bytes") {
  GenerateRequest r{{3, 1, 4, 1, 5}, 20};
  r.sampling.temperature = 0;
  const auto full = Generator(model()).run({r})[0];
  for (const auto& [format, closeness] : {std::pair{CacheFormat::bf16, 0.05}, {CacheFormat::int8, 0.05}}) {
    const auto text = Generator(model(), {.cache = format}).run({r})[0];
    // The first token's prompt went through the cache too.
    CHECK(std::abs(text.tokens[0].log_probability - full.tokens[0].log_probability) < closeness);
    CHECK(text.tokens[0].log_probability != full.tokens[0].log_probability);
    CHECK(text.tokens.size() == 20);
  }
}

TEST_CASE("generator: the most likely tokens beside the chosen one") {
  GenerateRequest r{{3, 1}, 5};
  r.sampling.seed = 4;
  r.top_log_probabilities = 3;
  const auto text = Generator(model()).run({r})[0];
  REQUIRE(text.top.size() == 5);
  for (std::size_t k = 0; k < 5; ++k) {
    REQUIRE(text.top[k].size() == 3);
    CHECK(text.top[k][0].log_probability >= text.top[k][1].log_probability);
    CHECK(text.top[k][1].log_probability >= text.top[k][2].log_probability);
    CHECK(text.top[k][0].log_probability >= text.tokens[k].log_probability);
  }
  r.top_log_probabilities = 99;  // all seven
  double total = 0;
  const auto all = Generator(model()).run({r})[0];
  CHECK(all.top[0].size() == 7);
  for (const ScoredToken& t : all.top[0]) total += std::exp(t.log_probability);
  CHECK(total == doctest::Approx(1));
}

TEST_CASE("generator: stops, text and the callback") {
  const Tokenizer tokenizer = test::bytes_tokenizer();
  GenerateRequest r{{3, 1, 4}, 30};
  r.sampling.seed = 1;
  Generator g(model(), {}, &tokenizer);
  const auto whole = g.run({r})[0];
  CHECK(whole.reason == StopReason::length);
  std::string bytes;
  for (const std::int32_t t : whole.ids()) bytes += static_cast<char>(t);
  CHECK(whole.text == bytes);

  std::string streamed;
  std::size_t calls = 0;
  r.stop_strings = {bytes.substr(10, 2)};
  const auto cut = g.run({r}, [&](std::size_t number, const GeneratedToken& t) {
    CHECK(number == 0);
    CHECK(t.id == whole.tokens[calls++].id);
    streamed += t.text;
    return true;
  })[0];
  const std::size_t at = bytes.find(r.stop_strings[0]);
  CHECK(cut.reason == StopReason::stop_string);
  CHECK(cut.text == bytes.substr(0, at));
  CHECK(streamed == cut.text);
  CHECK(cut.tokens.size() == at + 2);
  CHECK(calls == at + 2);

  r.stop_strings = {};
  const std::int32_t last = whole.tokens[8].id;
  r.stop_tokens = {last};
  const auto ended = g.run({r})[0];
  const std::size_t first = bytes.find(static_cast<char>(last));
  CHECK(ended.reason == StopReason::stop_token);
  CHECK(ended.tokens.size() == first + 1);
  CHECK(ended.text == bytes.substr(0, first));

  r.stop_tokens = {};
  calls = 0;
  const auto broken =
      g.run({r, r}, [&](std::size_t number, const GeneratedToken&) { return number == 1 || ++calls < 4; });
  CHECK(broken[0].reason == StopReason::callback);
  CHECK(broken[0].tokens.size() == 4);
  CHECK(broken[0].text == bytes.substr(0, 4));
  CHECK(broken[1].text == bytes);
}

TEST_CASE("generator: greedy texts stay the same with drafts, stops and neighbours included") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    auto c = test::small_deepseek();
    c.max_position_embeddings = 64;
    const auto m = DeepSeek<float>::make(c, Key{seed});
    auto list = requests();
    list[1].stop_tokens = {5, 2};
    list[2].sampling.frequency_penalty = 0.7;
    list[3].max_tokens = 1;
    list.push_back({{4, 4}, 2});
    list.back().sampling.temperature = 0;
    Generator plain(m, {.batch = 2}), drafting(m, {.batch = 2, .speculative = true});
    check_equal(plain.run(list), drafting.run(list));
    const auto& s = drafting.statistics();
    CHECK(plain.statistics().tokens_per_forward() == 1);
    CHECK(s.drafted > 0);
    CHECK(s.accepted <= s.drafted);
    CHECK(s.tokens_per_forward() >= 1);
    CHECK(s.tokens_per_forward() <= 1 + s.acceptance());
  }
}

TEST_CASE("generator: sampled texts have the model's distribution, with drafts and without") {
  const Ids prompt = {3, 1};
  const std::size_t V = 7, n = 6000;
  SamplingOptions sampling{.temperature = 0.8, .min_p = 0.02, .presence_penalty = 0.4};
  // The probability of each of V^3 texts, from the full forward.
  std::vector<double> expected(V * V * V);
  const auto of = [&](const Ids& text) {
    Ids all = prompt;
    all.insert(all.end(), text.begin(), text.end());
    const auto L = static_cast<std::int64_t>(all.size());
    const auto h = model().hidden(Tensor<std::int32_t>::from(all, {1, L})).x;
    const auto z = model().logits(h.slice(1, L - 1, L)).to_vector();
    Sampler s(sampling, prompt);
    for (const std::int32_t t : text) s.note(t);
    return s.distribution(std::span<const float>(z));
  };
  const Distribution first = of({});
  for (std::int32_t a = 0; a < 7; ++a) {
    const Distribution second = of({a});
    for (std::int32_t b = 0; b < 7; ++b) {
      const Distribution third = of({a, b});
      for (std::int32_t c = 0; c < 7; ++c)
        expected[static_cast<std::size_t>((a * 7 + b) * 7 + c)] = first(a) * second(b) * third(c);
    }
  }
  for (const bool speculative : {false, true}) {
    std::vector<GenerateRequest> list;
    for (std::size_t i = 0; i < n; ++i) {
      list.push_back({prompt, 4});  // the third token comes with a draft behind it
      list.back().sampling = sampling;
      list.back().sampling.seed = 1000 + i;
    }
    Generator g(model(), {.batch = 256, .speculative = speculative});
    std::vector<double> counts(expected.size());
    for (const GeneratedText& t : g.run(list)) {
      const auto id = t.ids();
      ++counts[static_cast<std::size_t>((id[0] * 7 + id[1]) * 7 + id[2])];
    }
    const double deviation = test::chi_square_deviation(counts, expected);
    CAPTURE(deviation);
    CHECK(deviation < 4);
    if (speculative) {
      CHECK(g.statistics().acceptance() > 0.2);  // both branches were taken often
      CHECK(g.statistics().acceptance() < 0.95);
    }
  }
}

TEST_CASE("generator: requests that make no sense are errors") {
  Generator g(model());
  GenerateRequest r{{1}, 3};
  r.stop_strings = {"x"};
  CHECK_THROWS_WITH_AS(g.run({r}), "generate: stop strings need a tokenizer", ValueError);
  r.stop_strings = {};
  r.top_log_probabilities = -1;
  CHECK_THROWS_WITH_AS(g.run({r}), "generate: top_log_probabilities must not be negative, got -1", ValueError);
  CHECK_THROWS_WITH_AS(Generator(model(), {.batch = 0}),
                       "generate: batch and prefill_chunk must be at least 1, got 0 and 512", ValueError);
  auto c = test::small_deepseek();
  c.num_nextn_predict_layers = 0;
  const auto single = DeepSeek<float>::make(c, Key{1});
  CHECK_THROWS_AS(Generator(single, {.speculative = true}).run({{{1}, 3}}), ConfigError);
  CHECK(g.run({}).empty());
  CHECK(g.run({{{1}, 0}, {{1}, 2}})[1].tokens.size() == 2);
}

}  // namespace generator_test
