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

TEST_CASE("tokenizer json: damaged and foreign files are errors that name the path") {
  CHECK_THROWS_WITH_AS(Tokenizer::load("/nowhere/t.json"),
                       "/nowhere/t.json: cannot be opened (No such file or directory)", FileError);
  CHECK_THROWS_WITH_AS(sample().save("/nowhere/t.json"),
                       "/nowhere/t.json: cannot be written (No such file or directory)", FileError);
  CHECK(error_after([](Json& j) { j = Json::Array{}; }) == "json: the document must be an object, got an array");
  CHECK(error_after([](Json& j) { j["model"]["type"] = "Unigram"; }) ==
        "json: model.type must be BPE, got Unigram");
  CHECK(error_after([](Json& j) { j["pre_tokenizer"]["type"] = "Whitespace"; }) ==
        "json: this pre_tokenizer is not supported");
  CHECK(error_after([](Json& j) { j["model"]["vocab"]["!"] = 1; }) ==
        "json: model.vocab must number its pieces 0 .. 262 once each, got 1");
  CHECK(error_after([](Json& j) { j["model"]["vocab"]["!"] = 263; }) ==
        "json: model.vocab must number its pieces 0 .. 262 once each, got 263");
  CHECK(error_after([](Json& j) { j["model"]["vocab"][""] = 263; }) == "json: model.vocab has an empty piece");
  CHECK(error_after([](Json& j) { j["model"]["vocab"]["\n"] = 263; }) ==
        "byte alphabet: \"\n\" has a character that stands for no byte at 0");
  CHECK(error_after([](Json& j) { j["model"]["vocab"] = Json::Object{}; }) ==
        "json: model.merges needs \"\xC4\xA0\", which model.vocab lacks");
  CHECK(error_after([](Json& j) { j["model"]["merges"].push_back("he"); }) ==
        "json: merge \"he\" must be two pieces");
  CHECK(error_after([](Json& j) { j["model"]["merges"].push_back("x y"); }) ==
        "json: model.merges needs \"xy\", which model.vocab lacks");
  CHECK(error_after([](Json& j) { j["model"]["merges"].push_back(3); }) ==
        "json: the document must be an array, got an integer");
  CHECK(error_after([](Json& j) { j["added_tokens"].push_back(Json::Object{{"content", "<s>"}, {"id", 3}}); }) ==
        "tokenizer: special piece \"<s>\" must have an id of its own, got 3");
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
