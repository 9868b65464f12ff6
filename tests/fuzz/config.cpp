// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// A config.json of DeepSeek: what is accepted can be written, and reads back the same.

#include <hadal/models/deepseek/config_json.hpp>

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hadal;
  try {
    const DeepSeekConfig c = parse_deepseek_config({size ? reinterpret_cast<const char*>(data) : "", size}, "c");
    const std::string text = deepseek_config_json(c).dump();
    if (deepseek_config_json(parse_deepseek_config(text, "again")).dump() != text) std::abort();
  } catch (const FileError&) {
  } catch (const ConfigError&) {
  }
  return 0;
}
