// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/tokenizer.hpp>

namespace hadal {

// Readers of the members of a published tokenizer.json beside its vocabulary. What is not understood is a ConfigError.

namespace detail {

inline bool flag(const Json& j, const char* name, bool fallback) { return j.get_or(name, fallback); }

inline void read_pre_tokenizer(const Json& j, const RegexCompiler& compile, std::vector<PreTokenizer::Step>& steps,
                               bool& has_bytes) {
  const std::string& type = j.get<std::string>("type");
  if (type == "Sequence") {
    for (const Json& step : j.get<Json::Array>("pretokenizers")) read_pre_tokenizer(step, compile, steps, has_bytes);
    return;
  }
  HADAL_CHECK(!has_bytes, ConfigError, "pre_tokenizer: ByteLevel must come last, got ", type, " behind it");
  if (type == "Split") {
    const std::string& behavior = j.get<std::string>("behavior");
    HADAL_CHECK(behavior == "Isolated" || behavior == "Removed", ConfigError,
                "pre_tokenizer: behavior must be Isolated or Removed, got ", behavior);
    const bool keep_all = behavior == "Isolated", invert = flag(j, "invert", false);
    steps.push_back(PreTokenizer::Split{PreTokenizer::matcher(j.get<std::string>("pattern", "Regex"), compile),
                                        keep_all || invert, keep_all || !invert});
  } else if (type == "Digits") {
    steps.push_back(PreTokenizer::Split{Digits{flag(j, "individual_digits", false) ? std::size_t{1} : SIZE_MAX}});
  } else if (type == "ByteLevel") {
    has_bytes = true;
    if (flag(j, "add_prefix_space", true)) steps.push_back(PreTokenizer::LeadingBlank{});
    if (flag(j, "use_regex", true)) steps.push_back(PreTokenizer::Split{Gpt2Words{}});
  } else {
    fail<ConfigError>("pre_tokenizer: the type must be Sequence, Split, Digits or ByteLevel, got ", type);
  }
}

/// Whether texts are brought into form C.
inline bool read_normalizer(const Json* j) {
  if (!j || j->is_null()) return false;
  const std::string& type = j->get<std::string>("type");
  if (type == "NFC") return true;
  HADAL_CHECK(type == "Sequence", ConfigError, "normalizer: the type must be Sequence or NFC, got ", type);
  bool nfc = false;
  for (const Json& part : j->get<Json::Array>("normalizers")) nfc = read_normalizer(&part) || nfc;
  return nfc;
}

/// Adds the ids around a document to the prefix and suffix; whether there was a template that says so.
inline bool read_post_processor(const Json* j, TextRules& rules) {
  if (!j || j->is_null()) return false;
  const std::string& type = j->get<std::string>("type");
  if (type == "ByteLevel") return false;  // it moves offsets, not ids
  bool is_template = false;
  if (type == "Sequence") {
    for (const Json& part : j->get<Json::Array>("processors"))
      is_template = read_post_processor(&part, rules) || is_template;
    return is_template;
  }
  HADAL_CHECK(type == "TemplateProcessing", ConfigError,
              "post_processor: the type must be Sequence, ByteLevel or TemplateProcessing, got ", type);
  std::vector<std::int32_t> before, after;
  bool passed_text = false;
  for (const Json& part : j->get<Json::Array>("single")) {
    if (part.find("Sequence")) {
      HADAL_CHECK(!passed_text, ConfigError, "post_processor: the template must hold one Sequence, got two");
      passed_text = true;
      continue;
    }
    const std::string& name = part.get<std::string>("SpecialToken", "id");
    for (const Json& id : j->get<Json::Array>("special_tokens", name, "ids"))
      (passed_text ? after : before).push_back(id.get<std::int32_t>());
  }
  HADAL_CHECK(passed_text, ConfigError, "post_processor: the template must hold a Sequence, got none");
  rules.prefix.insert(rules.prefix.begin(), before.begin(), before.end());
  rules.suffix.insert(rules.suffix.end(), after.begin(), after.end());
  return true;
}

/// Settings of the model that change its ids and have but one value here.
inline void check_model(const Json& model) {
  const std::string& type = model.get<std::string>("type");
  HADAL_CHECK(type == "BPE", ConfigError, "model: the type must be BPE, got ", type);
  HADAL_CHECK(model.get_or("dropout", 0.0) == 0, ConfigError, "model: dropout must be 0, got ",
              model.get_or("dropout", 0.0));
  HADAL_CHECK(!flag(model, "byte_fallback", false), ConfigError,
              "model: byte_fallback must be false, as pieces are made of bytes anyhow");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"})
    HADAL_CHECK(model.get_or(affix, std::string()).empty(), ConfigError, "model: ", affix, " must be empty, got \"",
                model.get_or(affix, std::string()), "\"");
}

/// Only ByteLevel, alone or in a sequence, gives back the bytes of byte-level pieces.
inline void check_decoder(const Json& j) {
  const std::string& type = j.get<std::string>("type");
  if (type == "Sequence")
    for (const Json& part : j.get<Json::Array>("decoders")) check_decoder(part);
  else
    HADAL_CHECK(type == "ByteLevel", ConfigError, "decoder: the type must be ByteLevel, got ", type);
}

}  // namespace detail

/// The rules that the document states. `published` keeps them as they are written, without vocabulary and added tokens.
inline TextRules read_text_rules(const Json& j, const RegexCompiler& compile, bool& has_template) {
  TextRules rules;
  detail::check_model(j.at("model"));
  detail::check_decoder(j.at("decoder"));
  std::vector<PreTokenizer::Step> steps;
  bool has_bytes = false;
  detail::read_pre_tokenizer(j.at("pre_tokenizer"), compile, steps, has_bytes);
  HADAL_CHECK(has_bytes, ConfigError, "pre_tokenizer: it must end in ByteLevel");
  rules.words = PreTokenizer(std::move(steps));
  rules.nfc = detail::read_normalizer(j.find("normalizer"));
  has_template = detail::read_post_processor(j.find("post_processor"), rules);
  for (const auto& [name, value] : j.get<Json::Object>()) {
    if (name == "added_tokens") {
      rules.published[name] = nullptr;
    } else if (name == "model") {
      for (const auto& [key, setting] : value.get<Json::Object>())
        rules.published[name][key] = key == "vocab" || key == "merges" ? Json() : setting;
    } else {
      rules.published[name] = value;
    }
  }
  return rules;
}

}  // namespace hadal
