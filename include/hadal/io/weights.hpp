// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/io/safetensors.hpp>

#include <filesystem>
#include <set>

namespace hadal {

/// The names under which a model's weights are published in a folder.
inline constexpr const char* weights_name = "model.safetensors";
inline constexpr const char* index_name = "model.safetensors.index.json";

/// Which file of a folder holds each tensor.
using ShardIndex = std::map<std::string, std::string>;

/// Reads the text of a model.safetensors.index.json. `path` opens messages. Throws FileError.
inline ShardIndex parse_shard_index(std::string_view text, const std::string& path) {
  ShardIndex index;
  try {
    const Json json = Json::parse(text, path);
    for (const auto& [tensor, file] : json.get<Json::Object>("weight_map")) {
      const std::string& name = file.get<std::string>();
      // A plain name: an index must not reach outside of its folder.
      HADAL_CHECK(
          !name.empty() && name[0] != '.' && name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos,
          FileError, path, ": tensor '", tensor, "' lies in \"", name, "\", which must be a file's name");
      index.emplace(tensor, name);
    }
  } catch (const ConfigError& e) {
    fail<FileError>(path, ": ", e.what());
  }
  return index;
}

/// Published weights: a folder with model.safetensors, or with model.safetensors.index.json and the shards it names; or
/// one safetensors file. All is mapped and only headers are read. Throws FileError naming file and tensor when a shard
/// is missing or damaged, when index and shards disagree, or when a tensor is defined twice.
class Weights : public StoredTensors {
 public:
  explicit Weights(const std::string& path) : StoredTensors(path, read(path)) {}

 private:
  static std::vector<StoredTensor> read(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) return SafetensorsFile(path).entries();
    const std::string single = path + "/" + weights_name, index = path + "/" + index_name;
    const bool has_single = fs::exists(single, ignored), has_index = fs::exists(index, ignored);
    HADAL_CHECK(has_single || has_index, FileError, path, ": holds neither ", weights_name, " nor ", index_name);
    HADAL_CHECK(!has_single || !has_index, FileError, path, ": holds both ", weights_name, " and ", index_name,
                "; which of them is meant?");
    return has_single ? SafetensorsFile(single).entries() : read_shards(path, index);
  }

  static std::vector<StoredTensor> read_shards(const std::string& folder, const std::string& index_path) {
    const ShardIndex index = parse_shard_index(read_file(index_path), index_path);
    std::set<std::string> files;
    for (const auto& [tensor, file] : index) files.insert(file);
    std::vector<StoredTensor> all;
    for (const std::string& file : files) {
      const std::string path = folder + "/" + file;
      std::error_code ignored;
      HADAL_CHECK(std::filesystem::exists(path, ignored), FileError, index_path, ": the shard ", file, " is missing");
      const SafetensorsFile shard(path);
      all.insert(all.end(), shard.entries().begin(), shard.entries().end());
    }
    const StoredTensors found(folder, all);  // each once
    for (const StoredTensor& e : found.entries()) {
      const auto named = index.find(e.name);
      HADAL_CHECK(named != index.end(), FileError, found.place_of(e), ": tensor '", e.name, "' is not in ", index_name);
      HADAL_CHECK(folder + "/" + named->second == found.place_of(e), FileError, index_path, ": tensor '", e.name,
                  "' is placed in ", named->second, ", but lies in ", found.place_of(e));
    }
    for (const auto& [tensor, file] : index)
      HADAL_CHECK(found.find(tensor), FileError, folder, "/", file, ": tensor '", tensor, "' is missing, though ",
                  index_name, " places it there");
    return all;
  }
};

}  // namespace hadal
