// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/generate/request.hpp>
#include <hadal/generate/text_stream.hpp>
#include <hadal/nn/latent_cache.hpp>
#include <hadal/ops/cross_entropy.hpp>
#include <hadal/ops/index_select.hpp>

#include <list>

namespace hadal {

/// How texts are decoded; none of it but the cache's format and the forms of attention changes a single bit of them.
struct GeneratorOptions {
  std::int64_t batch = 8;             // texts decoded together
  std::int64_t prefill_chunk = 512;   // tokens of a prompt in one pass
  CacheFormat cache = CacheFormat::full;
  bool speculative = false;           // draft with the layer of multi-token prediction
  std::optional<LatentForm> prefill_form = {};  // the cheaper one for each chunk, if not given
  LatentForm decode_form = LatentForm::absorbed;
};

/// Continues texts with a model over a latent cache: prompts in chunks, one text at a time, then a token of all texts
/// in each pass; a text that ends makes room for the next. A text depends on its request alone, not on its neighbours.
///
/// With `speculative`, the layer of multi-token prediction drafts a token, and the next pass checks it beside the one
/// before: greedy texts stay the same, sampled ones have the same distribution (verify_draft). Drafts are drawn with
/// the options of the text.
///
/// `Model` has make_cache, make_draft_cache, hidden, draft, wide_logits and cheaper_form as DeepSeek does.
template <class Model, class D = Cpu>
class Generator {
 public:
  /// Keeps pointers to both; without a tokenizer there is no text, only tokens.
  explicit Generator(const Model& model, GeneratorOptions options = {}, const Tokenizer* tokenizer = nullptr)
      : model_(&model), options_(options), tokenizer_(tokenizer) {
    HADAL_CHECK(options.batch >= 1 && options.prefill_chunk >= 1, ValueError,
                "generate: batch and prefill_chunk must be at least 1, got ", options.batch, " and ",
                options.prefill_chunk);
  }

  /// Throws ValueError for requests that cannot be met, before anything is computed.
  std::vector<GeneratedText> run(const std::vector<GenerateRequest>& requests, const OnToken& on_token = nullptr) {
    std::int64_t capacity = 1;
    for (const GenerateRequest& r : requests) {
      check(r);
      capacity = std::max(capacity, static_cast<std::int64_t>(r.prompt.size()) + r.max_tokens);
    }
    return no_grad([&] { return decode(requests, on_token, capacity); });
  }

  /// Of the last run.
  const DecodeStatistics& statistics() const { return statistics_; }

 private:
  using Ids = Tensor<std::int32_t, D>;
  using Cache = decltype(std::declval<const Model&>().make_cache(1, 1, CacheFormat::full));
  using Hidden = decltype(std::declval<const Model&>().hidden(Ids{}, std::declval<Cache&>(), CacheStep<D>{}).x);
  using S = Accumulator<typename Hidden::value_type>;

  struct Draft {
    std::int32_t token;
    Distribution from;
  };
  /// A text that is being written. All its tokens but the last are in the cache.
  struct Text {
    const GenerateRequest* request;
    std::size_t number;
    std::int64_t slot;
    Sampler sampler;
    std::optional<TextStream> stream;
    GeneratedText out = {};
    std::optional<Draft> draft = {};
    bool done = false;

    std::int64_t left() const { return request->max_tokens - static_cast<std::int64_t>(out.tokens.size()); }
  };
  /// Logits of some rows, on the host.
  struct Logits {
    std::vector<S> values, lse;
    std::size_t V;

    std::span<const S> row(std::size_t r) const { return {values.data() + r * V, V}; }
  };

  void check(const GenerateRequest& r) const {
    HADAL_CHECK(!r.prompt.empty(), ValueError, "generate: the prompt must have at least one token");
    HADAL_CHECK(r.max_tokens >= 0, ValueError, "generate: the number of tokens must not be negative, got ",
                r.max_tokens);
    HADAL_CHECK(r.top_log_probabilities >= 0, ValueError,
                "generate: top_log_probabilities must not be negative, got ", r.top_log_probabilities);
    HADAL_CHECK(tokenizer_ || r.stop_strings.empty(), ValueError, "generate: stop strings need a tokenizer");
    r.sampling.check();
  }

  std::vector<GeneratedText> decode(const std::vector<GenerateRequest>& requests, const OnToken& on_token,
                                    std::int64_t capacity) {
    statistics_ = {};
    const std::int64_t slots = std::clamp<std::int64_t>(static_cast<std::int64_t>(requests.size()), 1, options_.batch);
    cache_ = model_->make_cache(slots, capacity, options_.cache);
    if (options_.speculative) drafts_ = model_->make_draft_cache(slots, capacity, options_.cache);
    std::vector<GeneratedText> results(requests.size());
    std::vector<std::int64_t> free;
    for (std::int64_t i = slots; i-- > 0;) free.push_back(i);
    std::list<Text> texts;
    for (std::size_t next = 0; next < requests.size() || !texts.empty();) {
      for (; next < requests.size() && !free.empty(); ++next) {
        const GenerateRequest& r = requests[next];
        if (r.max_tokens == 0) continue;
        texts.push_back({&r, next, free.back(), Sampler(r.sampling, r.prompt), {}});
        if (tokenizer_) texts.back().stream.emplace(*tokenizer_, r.stop_strings);
        free.pop_back();
        prefill(texts.back(), on_token);
        retire(texts, free, results);
      }
      if (!texts.empty()) advance(texts, on_token);
      retire(texts, free, results);
    }
    cache_ = drafts_ = {};
    return results;
  }

  /// The prompt in chunks, the first token, and its draft.
  void prefill(Text& text, const OnToken& on_token) {
    const std::vector<std::int32_t>& prompt = text.request->prompt;
    const auto n = static_cast<std::int64_t>(prompt.size());
    Hidden last;
    for (std::int64_t begin = 0; begin < n; begin += options_.prefill_chunk) {
      const std::int64_t end = std::min(n, begin + options_.prefill_chunk);
      const auto step = prompt_step(cache_, text.slot, end - begin);
      const Hidden x = model_->hidden(ids(prompt.data() + begin, end - begin), cache_, step).x;
      last = x.slice(1, end - begin - 1, end - begin);
      const std::int64_t known = std::min(end, n - 1) - begin;  // tokens whose next one the prompt has
      if (options_.speculative && known > 0)
        model_->draft(x.slice(1, 0, known), ids(prompt.data() + begin + 1, known), drafts_,
                      prompt_step(drafts_, text.slot, known));
    }
    const Logits logits = logits_of(last.reshape({1, last.shape(2)}));
    emit(text, text.sampler.sample(logits.row(0)), logits, 0, on_token);
    if (options_.speculative) make_drafts({&text}, last, {1});
  }

  /// One pass: the last token of every text, and its draft if there is one.
  void advance(std::list<Text>& texts, const OnToken& on_token) {
    std::vector<std::int64_t> slots, counts;
    std::vector<Text*> all;
    std::int64_t L = 1;
    for (Text& t : texts) {
      all.push_back(&t);
      slots.push_back(t.slot);
      counts.push_back(t.draft ? 2 : 1);
      L = std::max(L, counts.back());
    }
    std::vector<std::int32_t> input;
    for (const Text* t : all) {
      input.push_back(t->out.tokens.back().id);
      if (L == 2) input.push_back(t->draft ? t->draft->token : 0);
    }
    CacheStep<D> step = cache_.step(slots, counts, L);
    step.form = options_.decode_form;
    const auto B = static_cast<std::int64_t>(all.size());
    const Hidden x = model_->hidden(Ids::from(input, {B, L}), cache_, step).x;
    const Logits logits = logits_of(x.reshape({B * L, x.shape(2)}));
    ++statistics_.forwards;
    for (std::size_t b = 0; b < all.size(); ++b) {
      Text& t = *all[b];
      const std::size_t row = b * static_cast<std::size_t>(L), before = t.out.tokens.size();
      counts[b] = 1;
      if (!t.draft) {
        emit(t, t.sampler.sample(logits.row(row)), logits, row, on_token);
      } else {
        const Verdict v = verify_draft(t.sampler.distribution(logits.row(row)), t.draft->from, t.draft->token,
                                       t.sampler.uniform("accept"), t.sampler.uniform("replace"));
        emit(t, v.token, logits, row, on_token);
        ++statistics_.drafted;
        if (v.accepted) {
          ++statistics_.accepted;
          counts[b] = 2;
          if (!t.done) emit(t, t.sampler.sample(logits.row(row + 1)), logits, row + 1, on_token);
        } else {
          cache_.truncate(t.slot, cache_.length(t.slot) - 1);
        }
        t.draft.reset();
      }
      ++statistics_.rows;
      statistics_.tokens += static_cast<std::int64_t>(t.out.tokens.size() - before);
    }
    if (options_.speculative) make_drafts(all, x, counts);
  }

  /// Drafts for the texts that need more than one token: `all` (B, L, C) begins with the hidden states of their last
  /// counts[b] tokens but one.
  void make_drafts(const std::vector<Text*>& texts, const Hidden& all, std::vector<std::int64_t> counts) {
    for (std::size_t b = 0; b < texts.size(); ++b)
      if (texts[b]->done || texts[b]->left() < 2) counts[b] = 0;
    const std::int64_t L = *std::max_element(counts.begin(), counts.end());
    const Hidden x = all.slice(1, 0, L);
    std::vector<std::int64_t> slots;
    std::vector<std::int32_t> next, rows;
    std::vector<Text*> drafting;
    for (std::size_t b = 0; b < texts.size(); ++b) {
      Text& t = *texts[b];
      slots.push_back(t.slot);
      const std::size_t n = t.out.tokens.size(), count = static_cast<std::size_t>(counts[b]);
      for (std::size_t i = 0; i < static_cast<std::size_t>(L); ++i)
        next.push_back(i < count ? t.out.tokens[n - count + i].id : 0);
      if (count == 0) continue;
      drafting.push_back(&t);
      rows.push_back(static_cast<std::int32_t>(static_cast<std::int64_t>(b) * L + counts[b] - 1));
    }
    if (drafting.empty()) return;
    CacheStep<D> step = drafts_.step(slots, counts, L);
    step.form = options_.decode_form;
    const Hidden h = model_->draft(x, Ids::from(next, x.shape().first(2)), drafts_, step).x;
    const Logits logits = logits_of(index_select(h.reshape({h.shape().rows(), h.shape(2)}), 0, Ids::from(rows)));
    for (std::size_t i = 0; i < drafting.size(); ++i) {
      Text& t = *drafting[i];
      Distribution from = t.sampler.distribution(logits.row(i));
      const std::int32_t token = from.draw(t.sampler.uniform("draft"));
      t.draft = Draft{token, std::move(from)};
    }
  }

  /// The text's next token is `id`, chosen from a row of logits.
  void emit(Text& text, std::int32_t id, const Logits& logits, std::size_t row, const OnToken& on_token) {
    const GenerateRequest& r = *text.request;
    const std::span<const S> z = logits.row(row);
    const auto scored = [&](std::int32_t token) {
      return ScoredToken{token, -static_cast<double>(logits.lse[row] - z[static_cast<std::size_t>(token)])};
    };
    GeneratedToken token{scored(id), {}, {}};
    if (r.top_log_probabilities > 0) {
      std::vector<std::int32_t> order(z.size());
      std::iota(order.begin(), order.end(), 0);
      const auto n = std::min(r.top_log_probabilities, static_cast<std::int64_t>(order.size()));
      std::partial_sort(order.begin(), order.begin() + n, order.end(), [&](std::int32_t a, std::int32_t b) {
        const S x = z[static_cast<std::size_t>(a)], y = z[static_cast<std::size_t>(b)];
        return x != y ? x > y : a < b;
      });
      for (std::int64_t i = 0; i < n; ++i) token.top.push_back(scored(order[static_cast<std::size_t>(i)]));
      text.out.top.push_back(token.top);
    }
    text.sampler.note(id);
    text.out.tokens.push_back(token);
    const auto end = [&](StopReason reason) {
      if (!text.done) text.out.reason = reason;
      text.done = true;
    };
    if (std::find(r.stop_tokens.begin(), r.stop_tokens.end(), id) != r.stop_tokens.end()) end(StopReason::stop_token);
    if (text.stream) {
      if (!text.done) token.text = text.stream->push(id);
      if (text.stream->stopped()) end(StopReason::stop_string);
      if (text.left() == 0) end(StopReason::length);
      if (text.done) token.text += text.stream->finish();
      text.out.text += token.text;
    }
    if (text.left() == 0) end(StopReason::length);
    if (on_token && !on_token(text.number, token)) {
      if (text.stream && !text.done) text.out.text += text.stream->finish();
      end(StopReason::callback);
    }
  }

  void retire(std::list<Text>& texts, std::vector<std::int64_t>& free, std::vector<GeneratedText>& results) {
    for (auto t = texts.begin(); t != texts.end();) {
      if (!t->done) {
        ++t;
        continue;
      }
      cache_.truncate(t->slot, 0);
      if (options_.speculative) drafts_.truncate(t->slot, 0);
      free.push_back(t->slot);
      results[t->number] = std::move(t->out);
      t = texts.erase(t);
    }
  }

  CacheStep<D> prompt_step(const Cache& cache, std::int64_t slot, std::int64_t L) const {
    CacheStep<D> step = cache.step({slot}, {L});
    step.form = options_.prefill_form ? *options_.prefill_form : model_->cheaper_form(L, step.keys);
    return step;
  }
  static Ids ids(const std::int32_t* tokens, std::int64_t n) {
    return Ids::from(tokens, static_cast<std::size_t>(n), {1, n});
  }
  Logits logits_of(const Hidden& rows) const {
    const auto logits = model_->wide_logits(rows);
    return {logits.to_vector(), log_sum_exp_rows(logits).to_vector(), static_cast<std::size_t>(logits.shape(-1))};
  }

  const Model* model_;
  GeneratorOptions options_;
  const Tokenizer* tokenizer_;
  Cache cache_ = {}, drafts_ = {};
  DecodeStatistics statistics_;
};

}  // namespace hadal
