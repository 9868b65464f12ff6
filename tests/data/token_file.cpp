// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/data/token_file.hpp>

#include <doctest/doctest.h>

#include <filesystem>

using namespace hadal;

namespace {

struct File {
  std::string path = (std::filesystem::temp_directory_path() / join("hadal-tokens-", ::getpid())).string();
  ~File() { std::filesystem::remove(path); }
};

// The message of opening the file after a change to its bytes, without the path in front.
template <class F>
std::string error_after(F change, bool verify = true) {
  const File file;
  write_token_file(file.path, std::vector<std::int32_t>{5, 0, 299, 7}, 300);
  std::string bytes = read_file(file.path);
  change(bytes);
  write_file(file.path, bytes);
  try {
    TokenFile(file.path, verify);
  } catch (const FileError& e) {
    const std::string message = e.what();
    CHECK(message.starts_with(file.path + ": "));
    return message.substr(file.path.size() + 2);
  }
  return "no error";
}

}  // namespace

TEST_CASE("token file: narrow and wide tokens come back") {
  for (std::int64_t vocab_size : {300, 65536, 65537, 200000}) {
    const File file;
    std::vector<std::int32_t> ids;
    for (std::int64_t i = 0; i < 1000; ++i) ids.push_back(static_cast<std::int32_t>(i * 7919 % vocab_size));
    ids.push_back(static_cast<std::int32_t>(vocab_size - 1));
    write_token_file(file.path, ids, vocab_size);
    CHECK(std::filesystem::file_size(file.path) == 40 + ids.size() * (vocab_size <= 65536 ? 2 : 4));
    const TokenFile tokens(file.path);
    CHECK(tokens.size() == 1001);
    CHECK(tokens.vocab_size() == vocab_size);
    std::vector<std::int32_t> all(1001), part(10), none;
    tokens.read(0, all);
    CHECK(all == ids);
    tokens.read(991, part);
    CHECK(std::equal(part.begin(), part.end(), ids.begin() + 991));
    tokens.read(1001, none);
    CHECK_THROWS_WITH_AS(tokens.read(992, part), "token file: 10 tokens from 992 must lie within 1001", IndexError);
    CHECK_THROWS_AS(tokens.read(-1, part), IndexError);
    all.resize(1002);
    CHECK_THROWS_AS(tokens.read(0, all), IndexError);
  }
}

TEST_CASE("token file: foreign, damaged, cut and empty files are errors that name the path") {
  CHECK_THROWS_WITH_AS(TokenFile("/nowhere/t"), "/nowhere/t: cannot be opened (No such file or directory)", FileError);
  CHECK(error_after([](std::string&) {}) == "no error");
  CHECK(error_after([](std::string& b) { b.clear(); }) == "is too short for a token file: 0 bytes");
  CHECK(error_after([](std::string& b) { b.resize(39); }) == "is too short for a token file: 39 bytes");
  CHECK(error_after([](std::string& b) { b[0] = 'H'; }) == "is not a token file");
  CHECK(error_after([](std::string& b) { b[8] = 2; }) == "is a token file of version 2, not 1");
  CHECK(error_after([](std::string& b) { b[12] = 3; }) == "tokens must have 2 or 4 bytes, got 3");
  CHECK(error_after([](std::string& b) { b[16] = b[17] = 0; }) == "a vocabulary of 0 is not possible");
  CHECK(error_after([](std::string& b) { b.pop_back(); }) == "should hold 4 tokens of 2 bytes, has 7 bytes");
  CHECK(error_after([](std::string& b) { b += "xx"; }) == "should hold 4 tokens of 2 bytes, has 10 bytes");
  CHECK(error_after([](std::string& b) { b.resize(40), b[24] = 0; }) == "holds no tokens");
  for (std::size_t i = 40; i < 48; ++i)
    CHECK(error_after([&](std::string& b) { b[i] ^= 1; }) == "is damaged: its checksum differs");
  CHECK(error_after([](std::string& b) { b[16] ^= 1; }) == "is damaged: its checksum differs");
  CHECK(error_after([](std::string& b) { b[40] ^= 1; }, false) == "no error");
}

TEST_CASE("token file: what cannot be written is refused") {
  const std::vector<std::int32_t> ids = {1, 2, 300};
  CHECK_THROWS_WITH_AS(write_token_file("/nowhere/t", ids, 300),
                       "write_token_file: id 2 must be in 0 .. 299, got 300", IndexError);
  CHECK_THROWS_AS(write_token_file("/nowhere/t", std::vector<std::int32_t>{-1}, 300), IndexError);
  CHECK_THROWS_AS(write_token_file("/nowhere/t", {}, 0), ValueError);
  CHECK_THROWS_AS(write_token_file("/nowhere/t", ids, 301), FileError);
}
