// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// A model.safetensors.index.json: no name of a shard leads out of its folder.

#include <hadal/io/weights.hpp>

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string_view text(size ? reinterpret_cast<const char*>(data) : "", size);
    for (const auto& [tensor, file] : hadal::parse_shard_index(text, "i"))
      if (std::filesystem::path("a/" + file).lexically_normal() != "a/" + file || file.find('\0') != std::string::npos)
        std::abort();
  } catch (const hadal::FileError&) {
  }
  return 0;
}
