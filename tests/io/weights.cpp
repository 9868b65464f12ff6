// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/weights.hpp>
#include <hadal/io/write_safetensors.hpp>

#include "io/scratch.hpp"

using namespace hadal;

namespace {

NamedTensor named(std::string name) {
  return {{std::move(name), Role::trained, false, {}, {}}, Tensor<float>::ones({2})};
}

/// Two shards, with a and b in the first and c in the second, under an index with these entries.
void write(const ScratchFolder& folder, const std::string& map = R"("a":"1.st","b":"1.st","c":"2.st")") {
  write_safetensors(folder / "1.st", std::vector{named("a"), named("b")});
  write_safetensors(folder / "2.st", std::vector{named("c")});
  write_file(folder / index_name, R"({"metadata":{"total_size":24},"weight_map":{)" + map + "}}");
}
std::string open_error(const std::string& path) {
  return error_of<FileError>([&] { Weights weights(path); });
}

}  // namespace

TEST_CASE("weights: shards under one index, one file in a folder, or a file") {
  const ScratchFolder folder;
  write(folder);
  const Weights shards(folder.path);
  CHECK(shards.path() == folder.path);
  CHECK(shards.entries().size() == 3);
  CHECK(shards.place_of(shards.at("c")) == folder / "2.st");
  CHECK(shards.at("b").bytes.size() == 8);
  CHECK(Weights(folder / "1.st").entries().size() == 2);
  std::filesystem::remove(folder / index_name);
  CHECK(open_error(folder.path) == folder.path + ": holds neither model.safetensors nor model.safetensors.index.json");
  std::filesystem::rename(folder / "1.st", folder / weights_name);
  CHECK(Weights(folder.path).find("a"));
  write_file(folder / index_name, "{}");
  CHECK(open_error(folder.path) == folder.path + ": holds both model.safetensors and model.safetensors.index.json; "
                                                 "which of them is meant?");
  CHECK(open_error(folder / "none").starts_with(folder / "none: cannot be opened"));
}

TEST_CASE("weights: index and shards that disagree are errors naming file and tensor") {
  const ScratchFolder folder;
  const std::string index = folder / index_name;
  write(folder, R"("a":"1.st","c":"2.st")");
  CHECK(open_error(folder.path) == folder / "1.st: tensor 'b' is not in model.safetensors.index.json");
  write(folder, R"("a":"1.st","b":"1.st","c":"2.st","d":"2.st")");
  CHECK(open_error(folder.path) ==
        folder / "2.st: tensor 'd' is missing, though model.safetensors.index.json places it there");
  write(folder, R"("a":"1.st","b":"2.st","c":"2.st")");
  CHECK(open_error(folder.path) == index + ": tensor 'b' is placed in 2.st, but lies in " + folder / "1.st");
  write(folder, R"("a":"1.st","b":"1.st","c":"3.st")");
  CHECK(open_error(folder.path) == index + ": the shard 3.st is missing");
  write(folder);
  write_safetensors(folder / "2.st", std::vector{named("b"), named("c")});
  CHECK(open_error(folder.path) ==
        folder / "2.st: tensor 'b' is defined a second time, first in " + folder / "1.st");
  write(folder);
  std::filesystem::resize_file(folder / "2.st", std::filesystem::file_size(folder / "2.st") - 1);
  CHECK(open_error(folder.path) == folder / "2.st: tensor 'c' is larger than the file");
}

TEST_CASE("weights: an index that is none") {
  const auto error = [](const std::string& text) {
    return error_of<FileError>([&] { parse_shard_index(text, "i"); });
  };
  CHECK(parse_shard_index(R"({"weight_map":{"a":"x"}})", "i").at("a") == "x");
  CHECK(error("{") == "i: expected a key at byte 1");
  CHECK(error("[]") == "i: json: the document must be an object, got an array");
  CHECK(error("{}") == "i: json: weight_map is missing");
  CHECK(error(R"({"weight_map":[]})") == "i: json: weight_map must be an object, got an array");
  CHECK(error(R"({"weight_map":{"a":1}})") == "i: json: the document must be a string, got an integer");
  CHECK(error(R"({"weight_map":{"a":"x","a":"y"}})").find("\"a\" a second time") != std::string::npos);
  for (const char* name : {"../x", "/etc/x", "", ".", "..", "a/b", R"(a\\b)", R"(a\u0000b)"})
    CHECK(error(std::string(R"({"weight_map":{"t":")") + name + "\"}}").find("tensor 't' lies in") !=
          std::string::npos);
}
