// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// What the processes of the model benchmark tell each other beside lines: the weights, and memory.

#include <hadal/tree/parameters.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// Bytes resident in this process: "VmHWM" the most so far, "VmRSS" now.
inline double resident(const char* key) {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  char line[256];
  double kilobytes = 0;
  while (status && std::fgets(line, sizeof line, status))
    if (!std::strncmp(line, key, std::strlen(key))) kilobytes = std::atof(line + std::strlen(key) + 1);
  if (status) std::fclose(status);
  return 1024 * kilobytes;
}

/// Writes a safetensors file of a model's float tensors under their published names, the tokens as `window`, and the
/// metadata. Tensor by tensor: a second copy of the model would count as memory of ours.
template <class M>
void write_model(const std::string& path, const M& model, const hadal::Tensor<std::int32_t>& window,
                 const std::vector<std::pair<std::string, std::string>>& metadata) {
  using hadal::join;
  std::string header = "{\"__metadata__\":{";
  for (const auto& [key, value] : metadata)
    header += join(header.back() == '{' ? "\"" : ",\"", key, "\":\"", value, "\"");
  header += "}";
  std::int64_t at = 0;
  const auto describe = [&](const std::string& name, const char* type, const hadal::Shape& shape, int from) {
    std::string sizes;
    std::int64_t bytes = 4;
    for (int i = from; i < shape.rank; ++i) sizes += join(i > from ? "," : "", shape[i]), bytes *= shape[i];
    header += join(",\"", name, "\":{\"dtype\":\"", type, "\",\"shape\":[", sizes, "],\"data_offsets\":[", at, ",",
                   at + bytes, "]}");
    at += bytes;
  };
  const std::vector<hadal::NamedTensor> tensors = hadal::state_dict(model);
  for (const auto& [place, tensor] : tensors) {
    if (!place.stacked) describe(place.name, "F32", tensor.shape(), 0);
    else
      for (std::int64_t i = 0; i < tensor.shape(0); ++i) describe(place.entry(i), "F32", tensor.shape(), 1);
  }
  describe("window", "I32", window.shape(), 0);
  header += "}";

  std::FILE* file = std::fopen(path.c_str(), "wb");
  HADAL_CHECK(file, hadal::FileError, path, ": cannot be written");
  const std::uint64_t length = header.size();
  std::fwrite(&length, 1, sizeof length, file);
  std::fwrite(header.data(), 1, header.size(), file);
  for (const auto& [place, tensor] : tensors) std::fwrite(tensor.data_address(), 1, tensor.bytes(), file);
  std::fwrite(window.data(), 1, window.bytes(), file);
  HADAL_CHECK(std::fclose(file) == 0, hadal::FileError, path, ": cannot be written");
}

}  // namespace bench
