// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// The text of the demo: the six novels of Jane Austen as plain files, out of the R package janeaustenr.
// Usage: prepare_text DATA/Rdata OUT    reads DATA/Rdata.rdx and DATA/Rdata.rdb, writes OUT/<novel>.txt and austen.txt
// libraries: z
// test: --help

#include "r_data.hpp"

#include <hadal/core/utf8.hpp>

#include <cstdio>
#include <filesystem>

namespace {

void prepare(const std::string& base, const std::string& folder) {
  // By year of publication: 1811, 1813, 1814, 1815, and both of 1817.
  const std::vector<std::string> novels = {"sensesensibility", "prideprejudice",  "mansfieldpark",
                                           "emma",             "northangerabbey", "persuasion"};
  auto texts = r_data::read_texts(base, novels);
  std::filesystem::create_directories(folder);
  std::string all;
  for (const std::string& novel : novels) {
    std::string text;
    for (const std::string& line : texts[novel]) text += line + '\n';
    HADAL_CHECK(hadal::find_invalid_utf8(text) == text.size(), hadal::FileError, base, ": ", novel, " is not UTF-8");
    hadal::write_file(folder + "/" + novel + ".txt", text);
    std::printf("%-18s %7zu lines %9zu bytes\n", novel.c_str(), texts[novel].size(), text.size());
    all += text;
  }
  hadal::write_file(folder + "/austen.txt", all);
  std::printf("%-18s %21s %9zu bytes\n", "all", "", all.size());
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::puts("usage: prepare_text DATA/Rdata OUT");
    return count == 2 && arguments[1] == std::string_view("--help") ? 0 : 2;
  }
  try {
    prepare(arguments[1], arguments[2]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "prepare_text: %s\n", e.what());
    return 1;
  }
}
