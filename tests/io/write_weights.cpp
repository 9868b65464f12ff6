// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/write_weights.hpp>

#include "io/scratch.hpp"

using namespace hadal;

namespace {

/// Tensors t0, t1, .. of so many floats each.
std::vector<OutgoingTensor> tensors(const std::vector<std::int64_t>& sizes) {
  std::vector<OutgoingTensor> list;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const NamedTensor t{{join("t", i), Role::trained, false, {}, {}}, Tensor<float>::normal({sizes[i]}, Key{i + 1})};
    for (auto& o : outgoing(t)) list.push_back(std::move(o));
  }
  return list;
}
std::string names(const ScratchFolder& folder) {
  std::set<std::string> found;
  for (const auto& e : std::filesystem::directory_iterator(folder.path)) found.insert(e.path().filename().string());
  std::string all;
  for (const auto& name : found) all += name + " ";
  return all;
}

}  // namespace

TEST_CASE("write_weights: one file, or shards of a chosen size and their index; what stood there goes") {
  const ScratchFolder folder;
  write_file(folder / "tokenizer.json", "{}");
  write_weights(folder.path, tensors({10, 20}), 1000, {{"format", "pt"}}, {{"config.json", "1"}});
  CHECK(names(folder) == "config.json model.safetensors tokenizer.json ");
  CHECK(Weights(folder.path).entries().size() == 2);
  CHECK(SafetensorsFile(folder / weights_name).metadata().at("format") == "pt");

  write_weights(folder.path, tensors({10, 20, 5, 300, 5, 5}), 120);
  CHECK(names(folder) == "config.json model-00001-of-00004.safetensors model-00002-of-00004.safetensors "
                         "model-00003-of-00004.safetensors model-00004-of-00004.safetensors "
                         "model.safetensors.index.json tokenizer.json ");
  const Weights weights(folder.path);
  CHECK(weights.entries().size() == 6);
  CHECK(weights.place_of(weights.at("t1")) == folder / "model-00001-of-00004.safetensors");
  CHECK(weights.place_of(weights.at("t2")) == folder / "model-00002-of-00004.safetensors");
  CHECK(weights.place_of(weights.at("t3")) == folder / "model-00003-of-00004.safetensors");
  const auto expected = Tensor<float>::normal({300}, Key{4});
  CHECK(std::memcmp(weights.at("t3").bytes.data(), expected.data(), 1200) == 0);
  const Json index = Json::parse(read_file(folder / index_name));
  CHECK(index.get<std::int64_t>("metadata", "total_size") == 345 * 4);
  CHECK(index.get<std::string>("weight_map", "t0") == "model-00001-of-00004.safetensors");

  write_weights(folder.path, tensors({10, 20}), 50);
  CHECK(names(folder) == "config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors "
                         "model.safetensors.index.json tokenizer.json ");
  write_weights(folder.path, tensors({}), 50);
  CHECK(names(folder) == "config.json model.safetensors tokenizer.json ");
  CHECK(Weights(folder.path).entries().empty());
  write_weights(folder / "new/folder", tensors({1}), 50);
  CHECK(Weights(folder / "new/folder").find("t0"));
}

TEST_CASE("write_weights: a full disk leaves what was there, and nothing else") {
  const ScratchFolder folder;
  write_weights(folder.path, tensors({10, 20, 30}), 100, {}, {{"config.json", "old"}});
  const std::string before = names(folder);
  for (std::size_t room : {std::size_t{0}, std::size_t{300}, std::size_t{9000}}) {  // the last shard alone is too large
    const FullDisk full(room);
    CHECK(error_of<FileError>([&] {
            write_weights(folder.path, tensors({10, 20, 3000}), 100, {}, {{"config.json", "new"}});
          }).find("cannot be written") != std::string::npos);
  }
  CHECK(names(folder) == before);
  CHECK(read_file(folder / "config.json") == "old");
  CHECK(Weights(folder.path).at("t2").shape == Shape{30});
  CHECK(error_of<FileError>([&] {
          write_weights(folder / "config.json", tensors({1}), 100);
        }).starts_with(folder / "config.json/"));
  auto twins = tensors({1, 1});
  twins[1].name = "t0";
  CHECK(error_of<ValueError>([&] { write_weights(folder.path, twins, 100); }) ==
        folder.path + ": the name 't0' is used twice");
  CHECK(names(folder) == before);
}

TEST_CASE("write_weights: a damaged index that stood there does not prevent it") {
  const ScratchFolder folder;
  write_file(folder / index_name, "{");
  write_weights(folder.path, tensors({1}), 100);
  CHECK(names(folder) == "model.safetensors ");
}
