// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/packed.hpp>
#include <hadal/generate/generator.hpp>

#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

/// What can be set from the command line.
struct Options {
  std::string folder, type = "float", chat, system;
  std::vector<std::string> prompts;
  hadal::GenerateRequest request;  // but for its prompt
  hadal::GeneratorOptions generator;
  std::optional<hadal::PackedFormat> weights;
  std::int64_t threads = 0;
  bool show_log_probabilities = false;
};

struct Option {
  std::string name, meaning;
  std::function<void(const std::string&)> set;
  bool is_switch = false;
};

template <class N>
N number(const std::string& name, const std::string& text) {
  N value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  HADAL_CHECK(error == std::errc() && end == text.data() + text.size() && !text.empty(), hadal::ValueError, "--", name,
              " needs a number, got '", text, "'");
  return value;
}

inline std::vector<Option> option_list(Options& o) {
  std::vector<Option> list;
  const auto text = [&](const char* name, const char* meaning, const std::function<void(const std::string&)>& set) {
    list.push_back({name, meaning, set});
  };
  const auto value = [&]<class N>(const char* name, N* to, const char* meaning) {
    list.push_back({name, meaning, [name, to](const std::string& t) { *to = number<N>(name, t); }});
  };
  const auto flag = [&](const char* name, bool* to, const char* meaning) {
    list.push_back({name, meaning, [to](const std::string&) { *to = true; }, true});
  };
  hadal::SamplingOptions& s = o.request.sampling;
  text("prompt", "where a text begins; may be given several times", [&o](const auto& t) { o.prompts.push_back(t); });
  text("chat", "v2, v3 or r1: the prompt is a message, laid out as these models were taught", [&o](const auto& t) {
    HADAL_CHECK(t == "v2" || t == "v3" || t == "r1", hadal::ValueError, "--chat is v2, v3 or r1, got '", t, "'");
    o.chat = t;
  });
  text("system", "what the system says in a chat", [&o](const auto& t) { o.system = t; });
  value("max-tokens", &o.request.max_tokens, "tokens a text may have");
  value("temperature", &s.temperature, "0: always the most likely token");
  value("top-k", &s.top_k, "only the k most likely tokens; 0: all");
  value("top-p", &s.top_p, "only the most likely tokens that reach this probability");
  value("min-p", &s.min_p, "only tokens this many times as likely as the likeliest");
  value("repetition-penalty", &s.repetition_penalty, "divides what speaks for tokens that came; 1: none");
  value("presence-penalty", &s.presence_penalty, "taken from the logits of tokens that the text has");
  value("frequency-penalty", &s.frequency_penalty, "the same for every time the text has them");
  text("logit-bias", "ID:BIAS, added to a token's logit; may be given several times", [&s](const auto& t) {
    const std::size_t colon = std::min(t.find(':'), t.size() - 1);
    s.logit_bias.emplace_back(number<std::int32_t>("logit-bias", t.substr(0, colon)),
                              number<double>("logit-bias", t.substr(colon + 1)));
  });
  value("seed", &s.seed, "of the draws");
  text("stop", "text that ends a text, and is not shown; may be given several times",
       [&o](const auto& t) { o.request.stop_strings.push_back(t); });
  text("stop-token", "id that ends a text; may be given several times",
       [&o](const auto& t) { o.request.stop_tokens.push_back(number<std::int32_t>("stop-token", t)); });
  value("log-probabilities", &o.request.top_log_probabilities, "prints each token's, and of so many others");
  value("batch", &o.generator.batch, "texts decoded together");
  value("chunk", &o.generator.prefill_chunk, "tokens of a prompt in one pass");
  text("cache", "full, bf16 or int8", [&o](const auto& t) {
    HADAL_CHECK(t == "full" || t == "bf16" || t == "int8", hadal::ValueError, "--cache is full, bf16 or int8, got '", t,
                "'");
    o.generator.cache = t == "full"   ? hadal::CacheFormat::full
                        : t == "bf16" ? hadal::CacheFormat::bf16
                                      : hadal::CacheFormat::int8;
  });
  text("type", "float or bf16: of weights and activations", [&o](const auto& t) {
    HADAL_CHECK(t == "float" || t == "bf16", hadal::ValueError, "--type is float or bf16, got '", t, "'");
    o.type = t;
  });
  text("weights", "panels (no bit is lost), int8 or int4: packs matrices once they are loaded", [&o](const auto& t) {
    HADAL_CHECK(t == "panels" || t == "int8" || t == "int4", hadal::ValueError,
                "--weights is panels, int8 or int4, got '", t, "'");
    o.weights = t == "panels" ? hadal::PackedFormat::panels
                : t == "int8" ? hadal::PackedFormat::int8
                              : hadal::PackedFormat::int4;
  });
  flag("speculative", &o.generator.speculative, "drafts with the layer of multi-token prediction");
  value("threads", &o.threads, "0: all cores");
  return list;
}

inline void print_help() {
  Options o;
  std::puts("usage: generate DIR --prompt TEXT [options]\n\nContinues texts with the DeepSeek model in a folder as "
            "published: config.json, weights, tokenizer.json.\nWithout a tokenizer.json a prompt is ids, as in \"0 5 "
            "17\".\n\noptions:");
  for (const Option& option : option_list(o))
    std::printf("  --%-20s %s\n", option.name.c_str(), option.meaning.c_str());
}

/// Throws ValueError for a name or a value that is not understood.
inline Options parse_options(const std::vector<std::string>& words) {
  Options o;
  const auto list = option_list(o);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with("--")) {
      HADAL_CHECK(o.folder.empty(), hadal::ValueError, "one folder is enough, got '", o.folder, "' and '", words[i],
                  "'");
      o.folder = words[i];
      continue;
    }
    const auto known =
        std::find_if(list.begin(), list.end(), [&](const Option& x) { return words[i] == "--" + x.name; });
    HADAL_CHECK(known != list.end(), hadal::ValueError, "unknown option '", words[i], "'; --help lists them");
    HADAL_CHECK(known->is_switch || i + 1 < words.size(), hadal::ValueError, words[i], " needs a value");
    known->set(known->is_switch ? "" : words[++i]);
    o.show_log_probabilities |= known->name == "log-probabilities";
  }
  HADAL_CHECK(!o.folder.empty() && !o.prompts.empty(), hadal::ValueError,
              "a folder and a --prompt are needed; see --help");
  return o;
}
