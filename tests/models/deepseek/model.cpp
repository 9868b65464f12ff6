// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/models/deepseek/model.hpp>

#include <hadal/ops/cross_entropy.hpp>
#include <hadal/optim/parameter_group.hpp>
#include <hadal/tensor/grad_check.hpp>
#include <hadal/tensor/recompute.hpp>
#include <hadal/tree/copy.hpp>
#include <hadal/tree/members.hpp>

#include <doctest/doctest.h>

#include "support/leaves.hpp"
#include "support/small_deepseek.hpp"

namespace deepseek_test {
using namespace hadal;
using test::distance, test::leaves, test::names, test::small_deepseek;

Tensor<std::int32_t> tokens(std::int64_t B, std::int64_t L) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < B * L; ++i) ids.push_back(static_cast<std::int32_t>(i * i % 7));
  return Tensor<std::int32_t>::from(ids, {B, L});
}

TEST_CASE("deepseek: tensors have their published names, the prediction module as one more layer") {
  auto c = small_deepseek();
  auto m = DeepSeek<double>::make(c, Key{1});
  std::vector<std::string> expected = {"model.embed_tokens.weight"};
  const auto block = [&](const std::string& layer, bool mixture) {
    for (const char* name : {"input_layernorm", "self_attn.q_a_proj", "self_attn.q_a_layernorm", "self_attn.q_b_proj",
                             "self_attn.kv_a_proj_with_mqa", "self_attn.kv_a_layernorm", "self_attn.kv_b_proj",
                             "self_attn.o_proj", "post_attention_layernorm"})
      expected.push_back(layer + name + ".weight");
    if (mixture) {
      expected.push_back(layer + "mlp.gate.weight");
      expected.push_back(layer + "mlp.gate.e_score_correction_bias");
      for (const char* list : {"experts.0.", "shared_experts."})
        for (const char* name : {"gate_proj", "up_proj", "down_proj"})
          expected.push_back(layer + "mlp." + list + name + ".weight");
    } else {
      for (const char* name : {"gate_proj", "up_proj", "down_proj"})
        expected.push_back(layer + "mlp." + name + ".weight");
    }
  };
  block("model.layers.0.", false);
  block("model.layers.1.", true);
  expected.push_back("model.norm.weight");
  expected.push_back("lm_head.weight");
  for (const char* name : {"enorm", "hnorm", "eh_proj"})
    expected.push_back(std::string("model.layers.2.") + name + ".weight");
  block("model.layers.2.", true);
  expected.push_back("model.layers.2.shared_head.norm.weight");
  std::vector<std::string> found;
  for (const NamedTensor& t : state_dict(m)) found.push_back(t.place.stacked ? t.place.entry(0) : t.place.name);
  CHECK(found == expected);
  CHECK(forgotten_members(m).empty());
  CHECK(m.mixtures().size() == 2);
  CHECK(m.mixtures()[0] == &*m.layers[1].moe);
  CHECK(m.mixtures()[1] == &*m.mtp->block.moe);

  // What one token uses: all but the module and, of each of the three stacks, two of four experts of 3 x 4.
  std::int64_t module = 0;
  for (const NamedTensor& p : parameters(m))
    if (p.place.name.starts_with("model.layers.2.")) module += p.tensor.size();
  CHECK(m.active_parameters() == count_parameters(m) - module - 3 * 2 * 12);

  c.tie_word_embeddings = true;
  c.num_nextn_predict_layers = 0;
  const auto tied = DeepSeek<double>::make(c, Key{1});
  CHECK_FALSE(tied.lm_head.has_value());
  CHECK(tied.head().data() == tied.embed_tokens.weight.data());
  CHECK(tied.lookahead() == 1);
  CHECK(m.lookahead() == 2);
}

TEST_CASE("deepseek: gradients of the whole loss") {
  auto c = small_deepseek();
  const auto window = tokens(2, 5);
  for (const bool tied : {false, true}) {
    c.tie_word_embeddings = tied;
    if (tied) c.scoring_func = "softmax";
    auto m = DeepSeek<double>::make(c, Key{2});
    CHECK(grad_error([&] { return m.loss(window).total; }, leaves(m)) < 1e-6);
  }
}

/// Mean of -log softmax(logits)[target] over rows with a target.
double cross_entropy_by_hand(const Tensor<double>& logits, const std::vector<std::int32_t>& targets) {
  const std::int64_t V = logits.shape(-1);
  const auto z = logits.reshape({-1, V});
  double sum = 0, n = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] < 0) continue;
    const auto row = static_cast<std::int64_t>(i);
    double total = 0;
    for (std::int64_t v = 0; v < V; ++v) total += std::exp(z.at({row, v}));
    sum += std::log(total) - z.at({row, targets[i]});
    ++n;
  }
  return sum / n;
}

TEST_CASE("deepseek: the loss is its parts") {
  const auto m = DeepSeek<double>::make(small_deepseek(), Key{3});
  auto ids = tokens(2, 5).to_vector();
  ids[4] = -100;  // the last target of the first sequence: only the prediction module's
  const auto window = Tensor<std::int32_t>::from(ids, {2, 5});
  const auto loss = m.loss(window);
  const auto h = m.hidden(window.slice(1, 0, 3));
  const double main = cross_entropy_by_hand(m.logits(h.x), window.slice(1, 1, 4).to_vector());
  CHECK(std::abs(loss.main.item() - main) < 1e-12);
  const auto n = (*m.mtp)(h.x, m.embed_tokens(window.slice(1, 1, 4)), m.rope);
  const double next = cross_entropy_by_hand(m.logits(n.x), window.slice(1, 2, 5).to_vector());
  CHECK(std::abs(loss.next.item() - next) < 1e-12);
  const double balance = h.balance_loss.item() + n.balance_loss.item();
  CHECK(balance > 0);
  CHECK(std::abs(loss.total.item() - (main + 0.3 * next + balance)) < 1e-12);
  CHECK(std::abs(m.loss(window, {.weight = 0.1}).total.item() - (main + 0.1 * next + balance)) < 1e-12);
  REQUIRE(loss.load.size() == 2);
  for (const auto& load : loss.load) {
    std::int64_t choices = 0;
    for (const std::int32_t k : load.to_vector()) choices += k;
    CHECK(choices == 2 * 3 * 2);
  }
  ids[3] = -100;  // an input of the prediction module
  CHECK_THROWS_AS(m.loss(Tensor<std::int32_t>::from(ids, {2, 5})), IndexError);
  CHECK_THROWS_WITH_AS(m.loss(tokens(2, 2)), "deepseek loss: the window (2, 2) must hold more than 2 tokens",
                       ShapeError);
}

TEST_CASE("deepseek: a share of the sequences trains the prediction module") {
  const auto m = DeepSeek<double>::make(small_deepseek(), Key{4});
  const auto window = tokens(4, 6);
  for (const auto& [share, sequences] : {std::pair{0.5, 2}, std::pair{0.3, 2}, std::pair{0.25, 1}, std::pair{1.0, 4}}) {
    const auto part = m.loss(window, {.share = share});
    CHECK(std::abs(part.next.item() - m.loss(window.slice(0, 0, sequences)).next.item()) < 1e-12);
    CHECK(part.main.item() == m.loss(window).main.item());
  }
  const auto none = m.loss(window, {.share = 0});
  CHECK_FALSE(none.next.defined());
  CHECK(none.load.size() == 1);
  CHECK(std::abs(none.total.item() - none.main.item() - m.hidden(window.slice(1, 0, 4)).balance_loss.item()) < 1e-12);
}

TEST_CASE("deepseek: Muon takes the matrices of the layers, AdamW the rest") {
  const auto m = DeepSeek<float>::make(small_deepseek(), Key{1});
  const auto groups = muon_groups();
  std::vector<std::string> rest;
  for (const NamedTensor& p : parameters(m))
    if (!groups[0].takes(p)) rest.push_back(p.place.name);
  std::vector<std::string> expected{"model.embed_tokens.weight"};
  for (const int layer : {0, 1, 2}) {
    if (layer == 2)
      for (const char* name : {"model.norm", "lm_head", "model.layers.2.enorm", "model.layers.2.hnorm"})
        expected.push_back(std::string(name) + ".weight");
    for (const char* name : {"input_layernorm", "self_attn.q_a_layernorm", "self_attn.kv_a_layernorm",
                             "post_attention_layernorm"})
      expected.push_back(join("model.layers.", layer, ".", name, ".weight"));
  }
  expected.push_back("model.layers.2.shared_head.norm.weight");
  CHECK(rest == expected);
}

TEST_CASE("deepseek: routers' biases move against the loads") {
  auto m = DeepSeek<float>::make(small_deepseek(), Key{4});
  const auto loss = m.loss(tokens(2, 5));
  m.update_biases(loss.load, 0.5);
  const std::int64_t mean = 2 * 3 * 2 / 4;
  for (std::size_t i = 0; i < 2; ++i)
    for (std::int64_t e = 0; e < 4; ++e) {
      const auto load = loss.load[i].at({e});
      CHECK(m.mixtures()[i]->gate.e_score_correction_bias->at({e}) == (load < mean ? 0.5 : load > mean ? -0.5 : 0));
    }
  m.update_biases(loss.load, 0.5, true);
  auto c = small_deepseek();
  c.scoring_func = "softmax";
  auto v2 = DeepSeek<float>::make(c, Key{4});
  CHECK_THROWS_WITH_AS(v2.update_biases(loss.load, 0.5),
                       "update_biases: routers of scoring_func \"softmax\" have no bias", ValueError);
  m.mtp.reset();
  CHECK_THROWS_WITH_AS(m.update_biases(loss.load, 0.5), "update_biases: 2 loads for 1 mixtures", ShapeError);
}

TEST_CASE("deepseek: blocks computed again give the same gradients, bit for bit") {
  auto m = DeepSeek<double>::make(small_deepseek(), Key{5});
  m.mtp.reset();
  const auto all = leaves(m);
  const auto ids = tokens(2, 4);
  const auto run = [&](bool again) {
    for (const auto& leaf : all) leaf.zero_grad();
    const auto h = m.hidden(ids, [&](std::size_t i, const Tensor<double>& x) {
      return again ? recompute(m.layers[i], x, m.rope) : m.layers[i](x, m.rope);
    });
    m.logits(h.x).backward(Tensor<double>::normal({2, 4, 7}, Key{6}), true);
    h.balance_loss.backward();
    std::vector<std::vector<double>> result = {h.x.to_vector()};
    for (const auto& leaf : all) result.push_back(leaf.grad().to_vector());
    return result;
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("deepseek: decoding over the cache equals the full forward, however it is cut") {
  const auto m = DeepSeek<double>::make(small_deepseek(), Key{7});
  const auto ids = tokens(2, 6);
  const auto full = m.hidden(ids).x, drafts = (*m.mtp)(full, m.embed_tokens(ids), m.rope).x;
  for (const LatentForm form : {LatentForm::naive, LatentForm::absorbed})
    for (const std::vector<std::int64_t>& chunks : {std::vector<std::int64_t>{1, 1, 1, 1, 1, 1}, {6}, {4, 2}}) {
      auto cache = m.make_cache(2, 6), own = m.make_draft_cache(2, 6);
      std::int64_t at = 0;
      for (const std::int64_t L : chunks) {
        auto step = cache.step(L), draft_step = own.step(L);
        step.form = draft_step.form = form;
        const auto part = ids.slice(1, at, at + L);
        const auto x = m.hidden(part, cache, step).x;
        CHECK(distance(x, full.slice(1, at, at + L)) < 1e-12);
        CHECK(distance(m.draft(x, part, own, draft_step).x, drafts.slice(1, at, at + L)) < 1e-12);
        at += L;
      }
      CHECK(own.lengths == cache.lengths);
      CHECK_THROWS_AS(m.hidden(ids.slice(1, 0, 1), cache), ValueError);
      for (const std::int64_t slot : {0, 1}) cache.truncate(slot, 3);
      CHECK(distance(m.hidden(ids.slice(1, 3, 5), cache).x, full.slice(1, 3, 5)) < 1e-12);
    }
  CHECK_THROWS_WITH_AS(m.make_cache(1, 17), "make_cache: 17 tokens exceed max_position_embeddings 16", ValueError);
  CHECK(m.cheaper_form(3, 900) == cheaper_form(m.config.attention(), 3, 900));
  auto c = small_deepseek();
  c.num_nextn_predict_layers = 0;
  CHECK_THROWS_WITH_AS(DeepSeek<double>::make(c, Key{7}).make_draft_cache(1, 4),
                       "make_draft_cache: the model has no layer of multi-token prediction", ConfigError);
}

TEST_CASE("deepseek: bf16 decodes with the naive form what the loss was computed from, bit for bit") {
  auto c = small_deepseek();
  c.hidden_size = 8;
  const auto m = DeepSeek<bf16>::make(c, Key{10});
  const auto ids = tokens(1, 7);
  const auto full = m.hidden(ids.slice(1, 0, 6)).x;
  auto cache = m.make_cache(1, 6);
  for (std::int64_t i = 0; i < 6; ++i) {
    auto step = cache.step(1);
    step.form = LatentForm::naive;
    const auto logits = m.wide_logits(m.hidden(ids.slice(1, i, i + 1), cache, step).x);
    const auto target = ids.slice(1, i + 1, i + 2);
    CHECK(cross_entropy_rows(logits, target).item() ==
          linear_cross_entropy(full.slice(1, i, i + 1), m.head(), target, -100, Reduction::sum).item());
  }
}

TEST_CASE("deepseek: loss and gradients do not depend on the number of threads") {
  auto c = small_deepseek();
  c.hidden_size = 32;
  c.intermediate_size = c.moe_intermediate_size = 48;
  c.vocab_size = 200;
  auto m = DeepSeek<float>::make(c, Key{8});
  const auto all = leaves<float>(m);
  const auto window = tokens(8, 16);
  const auto run = [&](int n) {
    const int before = threads();
    set_threads(n);
    for (const auto& leaf : all) leaf.zero_grad();
    const auto loss = m.loss(window).total;
    loss.backward();
    set_threads(before);
    std::vector<std::vector<float>> result = {loss.to_vector()};
    for (const auto& leaf : all) result.push_back(leaf.grad().to_vector());
    return result;
  };
  CHECK(run(1) == run(2));
}

TEST_CASE("deepseek: bf16 differs from float by its rounding") {
  auto c = small_deepseek();
  c.hidden_size = 8;
  c.initializer_range = 0.2;
  auto narrow = DeepSeek<bf16>::make(c, Key{9});
  auto wide = DeepSeek<float>::make(c, Key{9});
  copy_values(wide, narrow);
  wide.rope = narrow.rope;  // tables are float in both
  leaves<bf16>(narrow);
  leaves<float>(wide);
  const auto window = tokens(4, 8);
  const auto a = narrow.loss(window), b = wide.loss(window);
  // Each op rounds its result to 8 bits, by at most u = 2^-8 of itself. About 30 results lie one behind the other from
  // the embedding to the final norm (10 in each of three blocks); their roundings are independent, so that the state,
  // of norm sqrt(C), is off by at most about sqrt(30) u of itself, in no particular direction: 1 / sqrt(C) of that lies
  // along the slope of a cross entropy in the state, W^T (p - target), whose norm is at most sqrt(2) times that of W's
  // longest row. The mean over tokens is no further off.
  double longest = 0;
  for (std::int64_t v = 0; v < c.vocab_size; ++v) {
    double squares = 0;
    for (std::int64_t i = 0; i < 8; ++i) squares += std::pow(wide.head().at({v, i}), 2);
    longest = std::max(longest, std::sqrt(squares));
  }
  const double state = std::sqrt(30.0) * 0x1p-8, bound = std::sqrt(2.0) * longest * state;
  CAPTURE(bound);
  CHECK(std::abs(a.main.item() - b.main.item()) < bound);
  CHECK(std::abs(a.next.item() - b.next.item()) < bound);
  CHECK(a.main.item() != b.main.item());

  a.total.backward();
  b.total.backward();
  walk([&]<class T, class S>(const Place& place, const Tensor<T>& x, const Tensor<S>& y) {
    if constexpr (is_real<T>) {
      if (place.role != Role::trained) return;
      CAPTURE(place.name);
      REQUIRE(x.grad().defined());
      for (const float g : x.grad().to_vector()) CHECK(std::isfinite(g));
      CHECK(x.grad().shape() == y.grad().shape());
    }
  }, narrow, wide);
  // The head's gradient is (p - target) h^T: h is off by that share, and p - target by no more than as much again.
  const auto x = narrow.head().grad().to_vector(), y = wide.head().grad().to_vector();
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    difference += std::pow(x[i] - y[i], 2);
    norm += std::pow(y[i], 2);
  }
  CHECK(std::sqrt(difference) < 2 * state * std::sqrt(norm));
}

}  // namespace deepseek_test
