// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// A safetensors file: its header, and the elements of what can be read.

#include <hadal/io/read_elements.hpp>
#include <hadal/io/safetensors.hpp>

#include <cstdlib>

using namespace hadal;

namespace {

void read(std::span<const std::byte> file) {
  const std::string path = "f";
  try {
    const StoredTensors all(path, detail::SafetensorsHeader(file, path).entries);
    std::size_t bytes = 0;
    for (const StoredTensor& e : all.entries()) {
      bytes += e.bytes.size();
      try {
        const StoredTensor* scale = all.find(e.name + scale_suffix);
        detail::check_readable<float>(all, e, scale, {2, 3, false});
        std::vector<float> values(static_cast<std::size_t>(e.shape.size()));
        detail::read_elements<float>(e, scale, {2, 3, false}, values.data());
      } catch (const FileError&) {
      }
    }
    if (bytes > file.size()) std::abort();
  } catch (const FileError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  read(input);
  // The same with the header's length put right: all up to the first zero byte.
  const auto header = static_cast<std::uint64_t>(std::find(input.begin(), input.end(), std::byte{0}) - input.begin());
  std::vector<std::byte> file(8 + size);
  std::memcpy(file.data(), &header, 8);
  if (size > 0) std::memcpy(file.data() + 8, data, size);
  if (header < size) file.erase(file.begin() + 8 + static_cast<std::ptrdiff_t>(header));
  read(file);
  return 0;
}
