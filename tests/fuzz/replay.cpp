// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Stands in for libFuzzer where nothing is fuzzed: calls the target with every file of a folder, with every beginning
// of each, and with every byte of each changed.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]), 1;
  std::size_t files = 0, calls = 0;
  const auto call = [&](const std::vector<std::uint8_t>& bytes) {
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    ++calls;
  };
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::vector<std::uint8_t> whole{std::istreambuf_iterator<char>(in), {}};
    call(whole);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::vector<std::uint8_t> bytes = whole;
      for (const int change : {0x01, 0x10, 0x80}) {
        bytes[i] = static_cast<std::uint8_t>(whole[i] ^ change);
        call(bytes);
      }
      bytes.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i));
      call(bytes);
    }
    ++files;
  }
  std::printf("%zu files, %zu inputs\n", files, calls);
  return files > 0 ? 0 : 1;
}
