// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Encodes lines with a published tokenizer; peer.py compares the ids with its own and the times with its own.
// Usage: tokenizer FOLDER LINES IDS, FOLDER with tokenizer.json, LINES and IDS files of records: a 32-bit count and as
// many bytes (LINES) or 32-bit ids (IDS). Prints the seconds of loading, and of encoding and decoding all lines.
#include <bench.hpp>

#include <hadal/core/file.hpp>
#include <hadal/text/text.hpp>

#include <cstring>

using namespace hadal;

int main(int argc, char** argv) try {
  HADAL_CHECK(argc == 4, ValueError, "usage: tokenizer FOLDER LINES IDS");
  double start = bench::now();
  const Tokenizer tokenizer = Tokenizer::load(argv[1]);
  const double load = bench::now() - start;

  const std::string file = read_file(argv[2]);
  std::vector<std::string_view> lines;
  for (std::size_t i = 0; i + 4 <= file.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, file.data() + i, 4);
    lines.push_back(std::string_view(file).substr(i + 4, size));
    i += 4 + size;
  }

  std::vector<std::vector<std::int32_t>> ids(lines.size());
  std::vector<double> encode, decode;
  std::size_t lost = 0;
  for (int round = 0; round < 3; ++round) {
    start = bench::now();
    for (std::size_t k = 0; k < lines.size(); ++k) ids[k] = tokenizer.encode_with_specials(lines[k]);
    encode.push_back(bench::now() - start);
    lost = 0;
    start = bench::now();
    for (std::size_t k = 0; k < lines.size(); ++k) lost += tokenizer.decode(ids[k]) != lines[k];
    decode.push_back(bench::now() - start);
  }

  std::string out;
  for (const auto& line : ids) {
    const auto size = static_cast<std::uint32_t>(line.size());
    out.append(reinterpret_cast<const char*>(&size), 4);
    out.append(reinterpret_cast<const char*>(line.data()), 4 * line.size());
  }
  write_file(argv[3], out);
  std::printf("{\"load\": %.4f, \"encode\": %.4f, \"decode\": %.4f, \"lines_not_given_back\": %zu}\n", load,
              bench::median(encode), bench::median(decode), lost);
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
