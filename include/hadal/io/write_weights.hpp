// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/io/weights.hpp>
#include <hadal/io/write_safetensors.hpp>

#include <deque>

namespace hadal {

namespace detail {

/// Cuts a list into shards of at most so many bytes; a larger tensor has one of its own.
inline std::vector<std::vector<OutgoingTensor>> cut_into_shards(std::vector<OutgoingTensor> tensors, std::size_t most) {
  std::vector<std::vector<OutgoingTensor>> shards(1);
  std::size_t used = 0;
  for (OutgoingTensor& t : tensors) {
    if (!shards.back().empty() && used + t.bytes > most) {
      shards.emplace_back();
      used = 0;
    }
    used += t.bytes;
    shards.back().push_back(std::move(t));
  }
  return shards;
}

/// model-00002-of-00163.safetensors
inline std::string shard_name(std::size_t i, std::size_t n) {
  const auto five = [](std::size_t v) {
    const std::string digits = std::to_string(v);
    return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
  };
  return "model-" + five(i + 1) + "-of-" + five(n) + ".safetensors";
}

/// The weight files that a folder holds, as far as they can be told from its names and its index.
inline std::set<std::string> weight_files(const std::string& folder) {
  std::set<std::string> names;
  const std::string index = folder + "/" + index_name;
  std::error_code ignored;
  if (std::filesystem::exists(folder + "/" + weights_name, ignored)) names.insert(weights_name);
  if (!std::filesystem::exists(index, ignored)) return names;
  names.insert(index_name);
  try {
    for (const auto& [tensor, file] : parse_shard_index(read_file(index), index)) names.insert(file);
  } catch (const FileError&) {  // a damaged index goes, and what it named stays
  }
  return names;
}

}  // namespace detail

/// Writes a folder of published weights: model.safetensors, or shards of at most `most` bytes and their index. All
/// files are written under other names and flushed before the first is renamed: on failure (a full disk, say) what
/// stood there is untouched. Weights that stood there are replaced, and shards that no longer belong go. An
/// interruption while files are being renamed leaves a folder without an index, which does not load, and never a
/// mixture of old and new. `beside`: names and texts of files to go with them (config.json). Throws FileError naming
/// the path, ValueError for a name that occurs twice.
inline void write_weights(const std::string& folder, std::vector<OutgoingTensor> tensors, std::size_t most,
                          const Metadata& metadata = {{"format", "pt"}},
                          const std::map<std::string, std::string>& beside = {}) {
  std::set<std::string> unique;
  std::size_t total = 0;
  for (const OutgoingTensor& t : tensors) {
    HADAL_CHECK(unique.insert(t.name).second, ValueError, folder, ": the name '", t.name, "' is used twice");
    total += t.bytes;
  }
  auto shards = detail::cut_into_shards(std::move(tensors), most);
  Json::Object map;
  std::set<std::string> fresh;
  std::deque<AtomicFile> files;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string name = shards.size() == 1 ? weights_name : detail::shard_name(i, shards.size());
    for (const OutgoingTensor& t : shards[i]) map.emplace_back(t.name, name);
    fresh.insert(name);
    files.emplace_back(folder + "/" + name);
    detail::write_safetensors(files.back(), folder + "/" + name, std::move(shards[i]), metadata);
    files.back().flush();
  }
  const bool sharded = files.size() > 1;
  const auto add_text = [&](const std::string& name, const std::string& text) {
    files.emplace_back(folder + "/" + name);
    files.back().write(text);
    files.back().flush();
  };
  for (const auto& [name, text] : beside) add_text(name, text);
  if (sharded) {
    std::sort(map.begin(), map.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    Json index;
    index["metadata"]["total_size"] = total;
    index["weight_map"] = std::move(map);
    fresh.insert(index_name);
    add_text(index_name, index.dump(2) + "\n");
  }
  const std::set<std::string> before = detail::weight_files(folder);
  std::filesystem::remove(folder + "/" + index_name, error);
  if (sharded) std::filesystem::remove(folder + "/" + weights_name, error);
  for (AtomicFile& file : files) file.commit();
  for (const std::string& name : before)
    if (!fresh.count(name)) std::filesystem::remove(folder + "/" + name, error);
}

}  // namespace hadal
