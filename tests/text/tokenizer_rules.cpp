// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/tokenizer_rules.hpp>

#include <hadal/core/json.hpp>

#include <doctest/doctest.h>

using namespace hadal;

namespace {

Json document() {
  return Json::parse(R"({"normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
    "post_processor": null, "decoder": {"type": "ByteLevel"}, "added_tokens": [],
    "model": {"type": "BPE", "dropout": null, "vocab": {"a": 0}, "merges": []}})");
}

// The rules of the document with one member replaced.
TextRules rules_with(const char* name, const char* value) {
  Json j = document();
  j[name] = Json::parse(value);
  bool has_template = false;
  return read_text_rules(j, {}, has_template);
}

std::string words(const TextRules& rules, std::string_view text) {
  std::string s;
  rules.words(text, [&](std::string_view word) { s.append(s.empty() ? "" : "|").append(word); });
  return s;
}

std::string error_with(const char* name, const char* value) {
  try {
    rules_with(name, value);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("tokenizer rules: pre-tokenizers") {
  const auto cut = [](const char* pre_tokenizer, std::string_view text) {
    return words(rules_with("pre_tokenizer", pre_tokenizer), text);
  };
  CHECK(cut(R"({"type": "ByteLevel", "add_prefix_space": false})", "I'll go") == "I|'ll| go");
  CHECK(cut(R"({"type": "ByteLevel"})", "I'll go") == " I|'ll| go");
  CHECK(cut(R"({"type": "ByteLevel", "add_prefix_space": true, "use_regex": false})", "a b") == " a b");
  CHECK(cut(R"({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true},
               {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]})", "a12") == "a|1|2");
  CHECK(cut(R"({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": false},
               {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]})", "a12") == "a|12");
  for (const auto& [how, result] : {std::pair{R"("Isolated", "invert": true)", "a|1|b"}, {R"("Removed")", "a|b"},
                                    {R"("Removed", "invert": true)", "1"}})
    CHECK(cut(join(R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\p{N}"},)",
                   R"("behavior": )", how, R"(}, {"type": "ByteLevel", "add_prefix_space": false,)",
                   R"("use_regex": false}]})").c_str(),
              "a1b") == result);
}

TEST_CASE("tokenizer rules: normalizers and templates") {
  CHECK_FALSE(rules_with("normalizer", "null").nfc);
  CHECK_FALSE(rules_with("normalizer", R"({"type": "Sequence", "normalizers": []})").nfc);
  CHECK(rules_with("normalizer", R"({"type": "Sequence", "normalizers": [{"type": "NFC"}]})").nfc);
  Json j = document();
  j["post_processor"] = Json::parse(R"({"type": "Sequence", "processors": [{"type": "ByteLevel"},
    {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[A]", "type_id": 0}},
      {"SpecialToken": {"id": "[B]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
      {"SpecialToken": {"id": "[A]", "type_id": 0}}],
     "special_tokens": {"[A]": {"ids": [7]}, "[B]": {"ids": [8, 9]}}}]})");
  bool has_template = false;
  const TextRules rules = read_text_rules(j, {}, has_template);
  CHECK(has_template);
  CHECK(rules.prefix == std::vector<std::int32_t>{7, 8, 9});
  CHECK(rules.suffix == std::vector<std::int32_t>{7});
  CHECK(rules.published.at("post_processor") == j.at("post_processor"));
  CHECK(rules.published.at("model", "vocab").is_null());
}

TEST_CASE("tokenizer rules: what is not understood is an error") {
  CHECK(error_with("pre_tokenizer", R"({"type": "Sequence", "pretokenizers": []})") ==
        "pre_tokenizer: it must end in ByteLevel");
  CHECK(error_with("pre_tokenizer",
                   R"({"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]})") ==
        "pre_tokenizer: ByteLevel must come last, got Digits behind it");
  CHECK(error_with("pre_tokenizer", R"({"type": "Metaspace"})") ==
        "pre_tokenizer: the type must be Sequence, Split, Digits or ByteLevel, got Metaspace");
  CHECK(error_with("pre_tokenizer", R"({"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Contiguous"})") ==
        "pre_tokenizer: behavior must be Isolated or Removed, got Contiguous");
  CHECK(error_with("pre_tokenizer", R"({"type": "Split", "pattern": {"Regex": "a|b"}, "behavior": "Isolated"})") ==
        "pre_tokenizer: the pattern a|b is not built in; load with a compiler of regular expressions such as "
        "pcre2.hpp's");
  CHECK(error_with("pre_tokenizer", R"({"type": "Split", "pattern": {"String": "a"}, "behavior": "Isolated"})") ==
        "json: pattern.Regex is missing");
  CHECK(error_with("normalizer", R"({"type": "Lowercase"})") ==
        "normalizer: the type must be Sequence or NFC, got Lowercase");
  CHECK(error_with("post_processor", R"({"type": "RobertaProcessing"})") ==
        "post_processor: the type must be Sequence, ByteLevel or TemplateProcessing, got RobertaProcessing");
  CHECK(error_with("post_processor", R"({"type": "TemplateProcessing", "single": []})") ==
        "post_processor: the template must hold a Sequence, got none");
  CHECK(error_with("post_processor",
                   R"({"type": "TemplateProcessing", "single": [{"Sequence": {}}, {"Sequence": {}}]})") ==
        "post_processor: the template must hold one Sequence, got two");
  CHECK(error_with("decoder", R"({"type": "Metaspace"})") ==
        "decoder: the type must be ByteLevel, got Metaspace");
  CHECK(error_with("decoder", R"({"type": "Sequence", "decoders": [{"type": "ByteLevel"}]})") == "no error");
  CHECK(error_with("model", R"({"type": "WordPiece"})") == "model: the type must be BPE, got WordPiece");
  CHECK(error_with("model", R"({"type": "BPE", "dropout": 0.1})") == "model: dropout must be 0, got 0.1");
  CHECK(error_with("model", R"({"type": "BPE", "byte_fallback": true})") ==
        "model: byte_fallback must be false, as pieces are made of bytes anyhow");
  CHECK(error_with("model", R"({"type": "BPE", "end_of_word_suffix": "</w>"})") ==
        "model: end_of_word_suffix must be empty, got \"</w>\"");
}
