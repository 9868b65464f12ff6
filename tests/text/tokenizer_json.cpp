// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/tokenizer_json.hpp>

#include <hadal/text/bpe_trainer.hpp>

#include <doctest/doctest.h>

#include <filesystem>

using namespace hadal;

namespace {

struct File {
  std::string path = (std::filesystem::temp_directory_path() / join("hadal-tokenizer-", ::getpid(), ".json")).string();
  ~File() { std::filesystem::remove(path); }
};

Tokenizer sample() {
  return train_bpe("She was sure that she should. \"Na\xC3\xAFve!\" she said, \xFF in 1811.\n\nShe was.", 265,
                   {"<|begin|>", "<|end|>"});
}

// The message of loading the sample after a change to it, without the path in front.
template <class F>
std::string error_after(F change) {
  const File file;
  Json j = detail::tokenizer_to_json(sample());
  change(j);
  write_file(file.path, j.dump());
  try {
    Tokenizer::load(file.path);
  } catch (const FileError& e) {
    const std::string message = e.what();
    CHECK(message.starts_with(file.path + ": "));
    return message.substr(file.path.size() + 2);
  }
  return "no error";
}

}  // namespace

TEST_CASE("tokenizer json: what is saved is loaded, and laid out as published") {
  const File file;
  const Tokenizer t = sample();
  t.save(file.path);
  const Tokenizer u = Tokenizer::load(file.path);
  CHECK(u.bpe().pieces() == t.bpe().pieces());
  CHECK(u.bpe().merges() == t.bpe().merges());
  CHECK(u.specials() == t.specials());
  const Json j = Json::parse(read_file(file.path));
  CHECK(j.get<std::string>("version") == "1.0");
  CHECK(j.get<std::string>("model", "type") == "BPE");
  CHECK(j.get<int>("model", "vocab", "!") == 0);
  CHECK(j.get<int>("model", "vocab", "\xC4\xA0") == 220);  // the blank
  CHECK(j.get<std::string>("model", "merges", 0) == "\xC4\xA0 s");
  CHECK(j.get<std::string>("added_tokens", 1, "content") == "<|end|>");
  CHECK(j.get<int>("added_tokens", 1, "id") == t.vocab_size() - 1);
}

TEST_CASE("tokenizer json: merges may be pairs") {
  const File file;
  const Tokenizer t = sample();
  Json j = detail::tokenizer_to_json(t), pairs = Json::Array{};
  for (const Json& merge : j.get<Json::Array>("model", "merges")) {
    const std::string& both = merge.get<std::string>();
    pairs.push_back(Json::Array{both.substr(0, both.find(' ')), both.substr(both.find(' ') + 1)});
  }
  j["model"]["merges"] = pairs;
  write_file(file.path, j.dump());
  CHECK(Tokenizer::load(file.path).bpe().merges() == t.bpe().merges());
}

TEST_CASE("tokenizer json: what a published file says is written back") {
  const File file;
  Json j = detail::tokenizer_to_json(sample());
  j["normalizer"]["type"] = "NFC";
  j["model"]["ignore_merges"] = true;
  j["added_tokens"].push_back(Json::Object{{"id", 400}, {"content", "<\xEF\xBD\x9C>"}, {"single_word", true},
                                           {"lstrip", true}, {"rstrip", true}, {"normalized", true},
                                           {"special", false}});
  for (const auto& [piece, id] : {std::pair{"<|begin|>", 263}, {"<|end|>", 264}, {"<\xEF\xBD\x9C>", 400}})
    j["model"]["vocab"][piece] = id;  // also listed there, though the last spells no bytes
  write_file(file.path, j.dump());
  const Tokenizer t = Tokenizer::load(file.path);
  CHECK(t.rules().nfc);
  CHECK(t.bpe().whole_pieces());
  CHECK(t.vocab_size() == 401);
  CHECK(t.piece(400) == "<\xEF\xBD\x9C>");
  CHECK(t.piece(399) == "");
  CHECK(t.specials().back() == SpecialPiece{"<\xEF\xBD\x9C>", 400, false, true, true, true, true});
  t.save(file.path);
  CHECK(Json::parse(read_file(file.path)) == j);
}

TEST_CASE("tokenizer json: a folder's tokenizer_config.json names tokens, tokenizer.json comes first") {
  const std::string folder = (std::filesystem::temp_directory_path() / join("hadal-tokenizer-", ::getpid())).string();
  std::filesystem::create_directory(folder);
  sample().save(folder + "/tokenizer.json");
  const auto load = [&](const char* config) {
    write_file(folder + "/tokenizer_config.json", config);
    return Tokenizer::load(folder);
  };
  const std::int32_t begin = sample().special("<|begin|>"), end = sample().special("<|end|>");
  CHECK(Tokenizer::load(folder).rules().bos == std::nullopt);
  const Tokenizer t = load(R"({"bos_token": {"content": "<|begin|>"}, "eos_token": "<|end|>", "pad_token": "!",
                               "add_bos_token": true, "tokenizer_class": "LlamaTokenizerFast"})");
  CHECK(t.rules().bos == begin);
  CHECK(t.rules().eos == end);
  CHECK(t.rules().pad == 0);
  CHECK(t.encode_document("!") == std::vector<std::int32_t>{begin, 0});
  CHECK(load(R"({"eos_token": "<|end|>", "add_eos_token": true})").encode_document("!") ==
        std::vector<std::int32_t>{0, end});
  CHECK_THROWS_WITH_AS(load(R"({"bos_token": "<s>"})"),
                       (folder + ": tokenizer_config: bos_token \"<s>\" is not in the vocabulary").c_str(), FileError);

  // A template in tokenizer.json is not added to.
  Json j = detail::tokenizer_to_json(sample());
  j["post_processor"] = Json::parse(R"({"type": "TemplateProcessing", "single": [
    {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<|end|>", "type_id": 0}}],
    "special_tokens": {"<|end|>": {"ids": [0]}}})");
  write_file(folder + "/tokenizer.json", j.dump());
  CHECK(load(R"({"bos_token": "<|begin|>", "add_bos_token": true})").encode_document("!") ==
        std::vector<std::int32_t>{0, 0});
  std::filesystem::remove_all(folder);
}

TEST_CASE("tokenizer json: damaged and foreign files are errors that name the path") {
  CHECK_THROWS_WITH_AS(Tokenizer::load("/nowhere/t.json"),
                       "/nowhere/t.json: cannot be opened (No such file or directory)", FileError);
  CHECK_THROWS_WITH_AS(sample().save("/nowhere/t.json"),
                       "/nowhere/t.json: cannot be written (No such file or directory)", FileError);
  CHECK(error_after([](Json& j) { j = Json::Array{}; }) == "json: the document must be an object, got an array");
  CHECK(error_after([](Json& j) { j["model"]["type"] = "Unigram"; }) ==
        "model: the type must be BPE, got Unigram");
  CHECK(error_after([](Json& j) { j["pre_tokenizer"]["type"] = "Whitespace"; }) ==
        "pre_tokenizer: the type must be Sequence, Split, Digits or ByteLevel, got Whitespace");
  CHECK(error_after([](Json& j) { j["model"]["vocab"]["!"] = 1; }) ==
        "model: vocab must give each piece an id of its own in 0 .. 65800, got 1");
  CHECK(error_after([](Json& j) { j["model"]["vocab"]["!"] = 65801; }) ==
        "model: vocab must give each piece an id of its own in 0 .. 65800, got 65801");
  CHECK(error_after([](Json& j) { j["model"]["vocab"][""] = 263; }) == "model: vocab has an empty piece");
  CHECK(error_after([](Json& j) { j["model"]["vocab"]["\n"] = 263; }) ==
        "byte alphabet: \"\n\" has a character that stands for no byte at 0");
  CHECK(error_after([](Json& j) { j["model"]["vocab"] = Json::Object{}; }) ==
        "model: merges need \"\xC4\xA0\", which vocab lacks");
  CHECK(error_after([](Json& j) { j["model"]["merges"].push_back("he"); }) ==
        "model: merge \"he\" must be two pieces");
  CHECK(error_after([](Json& j) { j["model"]["merges"].push_back("x y"); }) ==
        "model: merges need \"xy\", which vocab lacks");
  CHECK(error_after([](Json& j) { j["model"]["merges"].push_back(3); }) ==
        "json: the document must be an array, got an integer");
  CHECK(error_after([](Json& j) { j["added_tokens"].push_back(Json::Object{{"content", "<s>"}, {"id", 3}}); }) ==
        "tokenizer: special piece \"<s>\" must have an id of its own, got 3");
  CHECK(error_after([](Json& j) { j["added_tokens"].push_back(Json::Object{{"content", "!"}, {"id", 3}}); }) ==
        "added_tokens: \"!\" has the id 3, but 0 in model.vocab");
  CHECK(error_after([](Json& j) { j["added_tokens"].push_back(Json::Object{{"content", "<s>"}, {"id", 65802}}); }) ==
        "added_tokens: the id of \"<s>\" must be in 0 .. 65801, got 65802");
  CHECK(error_after([](Json& j) { j["added_tokens"].push_back(Json::Object{{"id", 3}}); }) ==
        "json: content is missing");
}

TEST_CASE("tokenizer json: a file cut anywhere is an error") {
  const File file;
  sample().save(file.path);
  const std::string text = read_file(file.path);
  for (std::size_t n = 0; n + 2 < text.size(); n += 97) {
    write_file(file.path, std::string_view(text).substr(0, n));
    CHECK_THROWS_AS(Tokenizer::load(file.path), FileError);
  }
}
