// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>
#include <hadal/core/json.hpp>
#include <hadal/text/byte_alphabet.hpp>
#include <hadal/text/tokenizer.hpp>

namespace hadal {

namespace detail {

/// The parts of tokenizer.json beside vocabulary and merges that this library's tokenizers always have.
inline Json tokenizer_pre_tokenizer() {
  Json split, bytes, both;
  split["type"] = "Split";
  split["pattern"]["Regex"] = word_pattern;
  split["behavior"] = "Isolated";
  split["invert"] = false;
  bytes["type"] = "ByteLevel";
  bytes["add_prefix_space"] = false;
  bytes["trim_offsets"] = true;
  bytes["use_regex"] = false;
  both["type"] = "Sequence";
  both["pretokenizers"] = Json::Array{split, bytes};
  return both;
}

inline Json tokenizer_to_json(const Tokenizer& tokenizer) {
  const Bpe& bpe = tokenizer.bpe();
  Json j;
  j["version"] = "1.0";
  j["truncation"] = nullptr;
  j["padding"] = nullptr;
  j["added_tokens"] = Json::Array{};
  for (const SpecialPiece& s : tokenizer.specials()) {
    Json token;
    token["id"] = s.id;
    token["content"] = s.text;
    for (const char* flag : {"single_word", "lstrip", "rstrip", "normalized"}) token[flag] = false;
    token["special"] = true;
    j["added_tokens"].push_back(token);
  }
  j["normalizer"] = nullptr;
  j["pre_tokenizer"] = tokenizer_pre_tokenizer();
  j["post_processor"] = nullptr;
  j["decoder"]["type"] = "ByteLevel";
  for (const char* flag : {"add_prefix_space", "trim_offsets", "use_regex"}) j["decoder"][flag] = true;
  Json& model = j["model"];
  model["type"] = "BPE";
  for (const char* unused : {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"})
    model[unused] = nullptr;
  model["fuse_unk"] = false;
  model["byte_fallback"] = false;
  Json::Object vocab;
  for (std::size_t id = 0; id < bpe.pieces().size(); ++id)
    if (!bpe.pieces()[id].empty()) vocab.emplace_back(spell_bytes(bpe.pieces()[id]), id);
  model["vocab"] = std::move(vocab);
  model["merges"] = Json::Array{};
  const auto spelling = [&](std::int32_t id) { return spell_bytes(bpe.pieces()[static_cast<std::size_t>(id)]); };
  for (const Merge& m : bpe.merges()) model["merges"].push_back(spelling(m.left) + " " + spelling(m.right));
  return j;
}

inline Tokenizer tokenizer_from_json(const Json& j) {
  HADAL_CHECK(j.get<std::string>("model", "type") == "BPE", ConfigError, "json: model.type must be BPE, got ",
              j.get<std::string>("model", "type"));
  HADAL_CHECK(j.at("pre_tokenizer") == tokenizer_pre_tokenizer(), ConfigError,
              "json: this pre_tokenizer is not supported");
  const Json::Object& vocab = j.get<Json::Object>("model", "vocab");
  std::vector<std::string> pieces(vocab.size());
  std::unordered_map<std::string, std::int32_t> ids;
  for (const auto& [spelling, value] : vocab) {
    const auto id = value.get<std::int32_t>();
    HADAL_CHECK(id >= 0 && id < std::ssize(pieces) && pieces[static_cast<std::size_t>(id)].empty(), ConfigError,
                "json: model.vocab must number its pieces 0 .. ", pieces.size() - 1, " once each, got ", id);
    HADAL_CHECK(!spelling.empty(), ConfigError, "json: model.vocab has an empty piece");
    pieces[static_cast<std::size_t>(id)] = unspell_bytes(spelling);
    ids.emplace(spelling, id);
  }
  const auto id_of = [&](const std::string& spelling) {
    const auto found = ids.find(spelling);
    HADAL_CHECK(found != ids.end(), ConfigError, "json: model.merges needs \"", spelling,
                "\", which model.vocab lacks");
    return found->second;
  };
  std::vector<Merge> merges;
  for (const Json& merge : j.get<Json::Array>("model", "merges")) {
    std::string left, right;  // "a b", or ["a", "b"] in newer files
    if (merge.is_string()) {
      const std::string& both = merge.get<std::string>();
      const std::size_t blank = both.find(' ');
      HADAL_CHECK(blank != std::string::npos, ConfigError, "json: merge \"", both, "\" must be two pieces");
      left = both.substr(0, blank), right = both.substr(blank + 1);
    } else {
      left = merge.get<std::string>(0), right = merge.get<std::string>(1);
    }
    merges.push_back({id_of(left), id_of(right), id_of(left + right)});
  }
  std::vector<SpecialPiece> specials;
  for (const Json& token : j.get<Json::Array>("added_tokens"))
    specials.push_back({token.get<std::string>("content"), token.get<std::int32_t>("id")});
  return Tokenizer(Bpe(std::move(pieces), std::move(merges)), std::move(specials));
}

}  // namespace detail

/// Throws FileError naming the path when the file is unreadable, damaged or holds another kind of tokenizer.
inline Tokenizer Tokenizer::load(const std::string& path) {
  const Json j = Json::parse(read_file(path), path);
  try {
    return detail::tokenizer_from_json(j);
  } catch (const ConfigError& e) {
    fail<FileError>(path, ": ", e.what());
  } catch (const ValueError& e) {
    fail<FileError>(path, ": ", e.what());
  }
}

/// Written all or nothing. Throws FileError naming the path; ValueError when a special piece is not UTF-8.
inline void Tokenizer::save(const std::string& path) const {
  write_file(path, detail::tokenizer_to_json(*this).dump(1) + "\n");
}

}  // namespace hadal
