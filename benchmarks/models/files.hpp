// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// What the processes of the model benchmark tell each other: the weights, and memory.

#include <hadal/io/write_safetensors.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
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

/// Writes a safetensors file: a model's tensors under their published names, the tokens as `window`, the metadata.
template <class M>
void write_model(const std::string& path, const M& model, const hadal::Tensor<std::int32_t>& window,
                 const hadal::Metadata& metadata) {
  std::vector<hadal::NamedTensor> tensors = hadal::state_dict(model);
  hadal::Place place;
  place.name = "window";
  tensors.push_back({place, window});
  hadal::write_safetensors(path, tensors, metadata);
}

}  // namespace bench
