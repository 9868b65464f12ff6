// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/text.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include <sys/wait.h>

using namespace hadal;

namespace {

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::strtol(digits.substr(i, 2).c_str(), nullptr, 16));
  return bytes;
}

// The file that make_tokenizers.py wrote. Tests run in the root of the tree.
const Json& fixture() {
  static const Json j = Json::parse(read_file("tests/golden/tokenizers.json"), "tokenizers.json");
  return j;
}

std::vector<std::string> fixture_lines() {
  std::vector<std::string> lines;
  for (const Json& line : fixture().get<Json::Array>("lines")) lines.push_back(line.get<std::string>());
  for (const Json& line : fixture().get<Json::Array>("broken")) lines.push_back(from_hex(line.get<std::string>()));
  return lines;
}

}  // namespace

TEST_CASE("golden: tokenizers of every family give the reference's ids, and the text back") {
  const std::vector<std::string> lines = fixture_lines();
  CHECK(lines.size() > 200);
  for (const auto& [name, members] : fixture().get<Json::Object>("families")) {
    Json j = fixture().at("document");
    for (const auto& [key, value] : members.get<Json::Object>()) j[key] = value;
    const Tokenizer t = detail::tokenizer_from_json(j, {}, {});
    const bool keeps_text = !t.rules().nfc && name != "gpt2_blank";
    const Json::Array& ids = fixture().get<Json::Array>("ids", name);
    REQUIRE(ids.size() == lines.size());
    for (std::size_t k = 0; k < lines.size(); ++k) {
      std::vector<std::int32_t> expected;
      for (const Json& id : ids[k].get<Json::Array>()) expected.push_back(id.get<std::int32_t>());
      const std::vector<std::int32_t> got = t.encode_with_specials(lines[k]);
      if (got != expected) FAIL_CHECK(name, " differs on ", lines[k]);
      const bool strips = lines[k].find("<|left|>") != std::string::npos;
      if (keeps_text && !strips && t.decode(got) != replace_invalid_utf8(lines[k]))
        FAIL_CHECK(name, " loses ", lines[k]);
    }
  }
}

TEST_CASE("golden: the reference loads the tokenizers trained here and agrees") {
  std::string text;
  const std::vector<std::string> lines = fixture_lines();
  for (const std::string& line : lines) text += replace_invalid_utf8(line) + "\n";
  const Tokenizer t = train_bpe(text, 700, {"<|begin|>", "<|end|>"});
  Json::Array pairs;
  for (const std::string& line : lines) {
    const std::string whole = replace_invalid_utf8(line) + "<|end|>";
    Json::Array ids;
    for (std::int32_t id : t.encode_with_specials(whole)) ids.push_back(id);
    pairs.push_back(Json::Array{whole, ids});
  }
  const auto folder = std::filesystem::temp_directory_path() / join("hadal-golden-", ::getpid());
  std::filesystem::create_directory(folder);
  const std::string file = folder / "tokenizer.json", list = folder / "lines.json";
  t.save(file);
  write_file(list, Json(pairs).dump());
  const char* python = std::getenv("HADAL_PYTHON");
  const int status = std::system(
      join(python ? python : "python3", " tests/golden/check_tokenizer.py ", file, " ", list, " 1>&2").c_str());
  std::filesystem::remove_all(folder);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == 77 || code == 127) {
    MESSAGE("skipped: no Python with the tokenizers package; HADAL_PYTHON can name one");
    return;
  }
  CHECK(code == 0);
}
