// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/checksum.hpp>
#include <hadal/io/model_file.hpp>
#include <hadal/io/write_safetensors.hpp>

#include <charconv>
#include <cstdio>
#include <filesystem>

namespace hadal {

/// What a resumed run needs beside its tensors.
struct RunState {
  std::int64_t step = 0;           // steps made
  std::int64_t data_position = 0;  // of the sampler
  std::uint64_t seed = 0;
  Json config;                     // the caller's own
};

// A run keeps its checkpoints in one folder, each a folder step-000123 with model.safetensors, optimizer.safetensors
// and state.json, which holds the checksums of the other two and its own. A checkpoint is written under another name,
// flushed and renamed: under its own name it is whole.

namespace detail {

inline constexpr const char* checkpoint_files[] = {"model.safetensors", "optimizer.safetensors"};

inline std::string hex(std::uint64_t v) {
  char digits[17] = "0000000000000000", text[17];
  const auto n = std::to_chars(text, text + 16, v, 16).ptr - text;
  std::copy(text, text + n, digits + 16 - n);
  return digits;
}
inline std::uint64_t checksum_of(std::string_view text) { return checksum(std::as_bytes(std::span(text))); }
inline std::string file_checksum(const std::string& path) { return hex(checksum(MappedFile(path).bytes())); }

inline std::string state_text(const RunState& state, const std::string& folder) {
  Json json;
  json["format"] = "hadal checkpoint 1";
  json["step"] = state.step;
  json["data_position"] = state.data_position;
  json["seed"] = hex(state.seed);
  for (const char* name : checkpoint_files) json["checksums"][name] = file_checksum(folder + "/" + name);
  json["config"] = state.config;
  json["checksum"] = hex(checksum_of(json.dump()));
  return json.dump(2) + "\n";
}

/// The number of a folder name such as step-000123.
inline std::optional<std::int64_t> step_of(const std::string& name) {
  constexpr std::string_view head = "step-";
  std::int64_t step = 0;
  const char* end = name.data() + name.size();
  if (!name.starts_with(head) || name.size() < head.size() + 6) return std::nullopt;
  const auto [stop, error] = std::from_chars(name.data() + head.size(), end, step);
  return error == std::errc() && stop == end && step >= 0 ? std::optional(step) : std::nullopt;
}

/// Steps and paths of the checkpoints in a folder, oldest first; none when there is no such folder.
inline std::vector<std::pair<std::int64_t, std::string>> list_checkpoints(const std::string& folder) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (const auto step = step_of(entry.path().filename().string())) found.emplace_back(*step, entry.path().string());
  std::sort(found.begin(), found.end());
  return found;
}

inline bool is_unfinished(const std::string& name) { return name.starts_with("step-") && name.ends_with(".tmp"); }

/// Each gets the other's name, at once where the system can.
inline void exchange_folders(const std::string& a, const std::string& b) {
#ifdef RENAME_EXCHANGE
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return;
#endif
  const std::string aside = a + ".tmp";
  std::filesystem::rename(b, aside);
  std::filesystem::rename(a, b);
  std::filesystem::rename(aside, a);
}

/// Removes a folder unless told to keep it.
struct TemporaryFolder {
  std::string path;
  bool keep = false;
  ~TemporaryFolder() {
    std::error_code error;
    if (!keep) std::filesystem::remove_all(path, error);
  }
};

}  // namespace detail

/// Reads state.json and compares the checksums of all files. Throws FileError naming the file that is missing, damaged
/// or foreign.
inline RunState verify_checkpoint(const std::string& path) {
  const std::string name = path + "/state.json", text = read_file(name);
  Json json = Json::parse(text, name);
  RunState state;
  try {
    HADAL_CHECK(json.get<std::string>("format") == "hadal checkpoint 1", FileError, name, ": is of another format, ",
                json.get<std::string>("format"));
    state.step = json.get<std::int64_t>("step");
    state.data_position = json.get<std::int64_t>("data_position");
    const std::string& seed = json.get<std::string>("seed");
    std::from_chars(seed.data(), seed.data() + seed.size(), state.seed, 16);
    state.config = json.at("config");
    Json::Object rest = json.get<Json::Object>();
    std::erase_if(rest, [](const auto& member) { return member.first == "checksum"; });
    // Written again it must be the same text, so that no byte of it goes unchecked.
    HADAL_CHECK(json.get<std::string>("checksum") == detail::hex(detail::checksum_of(Json(std::move(rest)).dump())) &&
                    json.dump(2) + "\n" == text,
                FileError, name, ": is damaged, its checksum does not fit");
    for (const char* file : detail::checkpoint_files)
      HADAL_CHECK(detail::file_checksum(path + "/" + file) == json.get<std::string>("checksums", file), FileError, path,
                  "/", file, ": is damaged, its checksum does not fit state.json");
  } catch (const ConfigError& e) {
    fail<FileError>(name, ": ", e.what());
  }
  return state;
}

/// Writes folder/step-<step> and removes all but the `keep` newest checkpoints (0 keeps all). A checkpoint of the same
/// step is replaced. `optimizer` has state(): the tensors to save. Returns the new path. On failure (a full disk, say)
/// what was there is untouched and FileError names the path.
template <class M, class O>
std::string save_checkpoint(const std::string& folder, const RunState& state, const M& model, const O& optimizer,
                            std::size_t keep = 0) {
  namespace fs = std::filesystem;
  HADAL_CHECK(state.step >= 0, ValueError, "save_checkpoint: step must not be negative, got ", state.step);
  const std::string digits = std::to_string(state.step);
  const std::string name = "step-" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
  const std::string path = folder + "/" + name;
  try {
    fs::create_directories(folder);
    for (const auto& entry : fs::directory_iterator(folder))  // of runs that were killed while they wrote
      if (detail::is_unfinished(entry.path().filename().string())) fs::remove_all(entry.path());
    detail::TemporaryFolder fresh{path + ".new.tmp"};
    fs::create_directory(fresh.path);
    save_model(fresh.path + "/model.safetensors", model);
    write_safetensors(fresh.path + "/optimizer.safetensors", optimizer.state());
    write_file(fresh.path + "/state.json", detail::state_text(state, fresh.path));
    if (fs::exists(path)) {
      detail::exchange_folders(fresh.path, path);
    } else {
      fs::rename(fresh.path, path);
      fresh.keep = true;
    }
    flush_folder(folder);
    const auto all = detail::list_checkpoints(folder);
    for (std::size_t i = 0; keep > 0 && i + keep < all.size(); ++i) {
      if (all[i].second == path) continue;
      const detail::TemporaryFolder old{all[i].second + ".old.tmp"};  // never half a checkpoint under its name
      fs::rename(all[i].second, old.path);
    }
  } catch (const fs::filesystem_error& e) {
    fail<FileError>(path, ": ", e.what());
  }
  return path;
}

/// Fills a model and an optimizer, made as they were when saved, after comparing checksums: the run then goes on as if
/// it had never stopped, to the bit. Throws FileError naming file and tensor.
template <class M, class O>
RunState load_checkpoint(const std::string& path, M& model, const O& optimizer) {
  RunState state = verify_checkpoint(path);
  const SafetensorsFile weights(path + "/model.safetensors"), rest(path + "/optimizer.safetensors");
  load_tensors(rest, optimizer.state());
  load_model(weights, model);
  return state;
}

/// The newest checkpoint in a folder, or none. Whether it is whole, `verify_checkpoint` and loading tell.
inline std::optional<std::string> latest_checkpoint(const std::string& folder) {
  const auto all = detail::list_checkpoints(folder);
  return all.empty() ? std::nullopt : std::optional(all.back().second);
}

/// The newest checkpoint whose checksums fit, or none.
inline std::optional<std::string> latest_valid_checkpoint(const std::string& folder) {
  const auto all = detail::list_checkpoints(folder);
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    try {
      verify_checkpoint(it->second);
      return it->second;
    } catch (const FileError&) {  // try an older one
    }
  }
  return std::nullopt;
}

}  // namespace hadal
