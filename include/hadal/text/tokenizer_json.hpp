// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>
#include <hadal/core/json.hpp>
#include <hadal/text/byte_alphabet.hpp>
#include <hadal/text/tokenizer_rules.hpp>

#include <unordered_map>

namespace hadal {

namespace detail {

/// The document of a tokenizer that follows this library's own rules, without vocabulary and added tokens.
inline Json own_tokenizer_rules() {
  Json split, bytes, j;
  split["type"] = "Split";
  split["pattern"]["Regex"] = word_pattern;
  split["behavior"] = "Isolated";
  split["invert"] = false;
  bytes["type"] = "ByteLevel";
  bytes["add_prefix_space"] = false;
  bytes["trim_offsets"] = true;
  bytes["use_regex"] = false;
  j["version"] = "1.0";
  for (const char* unused : {"truncation", "padding", "added_tokens", "normalizer"}) j[unused] = nullptr;
  j["pre_tokenizer"]["type"] = "Sequence";
  j["pre_tokenizer"]["pretokenizers"] = Json::Array{split, bytes};
  j["post_processor"] = nullptr;
  j["decoder"]["type"] = "ByteLevel";
  for (const char* name : {"add_prefix_space", "trim_offsets", "use_regex"}) j["decoder"][name] = true;
  j["model"]["type"] = "BPE";
  for (const char* unused : {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"})
    j["model"][unused] = nullptr;
  j["model"]["fuse_unk"] = false;
  j["model"]["byte_fallback"] = false;
  return j;
}

inline Json tokenizer_to_json(const Tokenizer& tokenizer) {
  const Bpe& bpe = tokenizer.bpe();
  Json j = tokenizer.rules().published;
  if (j.is_null()) j = own_tokenizer_rules();
  j["added_tokens"] = Json::Array{};
  std::vector<std::string> spellings(bpe.pieces().size());
  for (std::size_t id = 0; id < spellings.size(); ++id) spellings[id] = spell_bytes(bpe.pieces()[id]);
  for (const SpecialPiece& s : tokenizer.specials()) {
    Json token;
    token["id"] = s.id;
    token["content"] = s.text;
    token["single_word"] = s.single_word;
    token["lstrip"] = s.lstrip;
    token["rstrip"] = s.rstrip;
    token["normalized"] = s.normalized;
    token["special"] = s.special;
    j["added_tokens"].push_back(token);
    if (const auto id = static_cast<std::size_t>(s.id); id < spellings.size() && spellings[id].empty())
      spellings[id] = s.text;
  }
  Json::Object vocab;
  for (std::size_t id = 0; id < spellings.size(); ++id)
    if (!spellings[id].empty()) vocab.emplace_back(spellings[id], id);
  j["model"]["vocab"] = std::move(vocab);
  Json::Array merges;
  const auto spelling = [&](std::int32_t id) { return spellings[static_cast<std::size_t>(id)]; };
  for (const Merge& m : bpe.merges()) merges.push_back(spelling(m.left) + " " + spelling(m.right));
  j["model"]["merges"] = std::move(merges);
  return j;
}

inline std::vector<SpecialPiece> read_added_tokens(const Json& j) {
  std::vector<SpecialPiece> pieces;
  if (const Json* tokens = j.find("added_tokens"); tokens && !tokens->is_null())
    for (const Json& token : tokens->get<Json::Array>()) {
      SpecialPiece s{token.get<std::string>("content"), token.get<std::int32_t>("id")};
      s.special = flag(token, "special", false);
      s.lstrip = flag(token, "lstrip", false);
      s.rstrip = flag(token, "rstrip", false);
      s.single_word = flag(token, "single_word", false);
      s.normalized = flag(token, "normalized", !s.special);
      pieces.push_back(std::move(s));
    }
  return pieces;
}

inline Bpe read_bpe(const Json& model, const std::vector<SpecialPiece>& specials) {
  const Json::Object& vocab = model.get<Json::Object>("vocab");
  // Files may leave ids out, for an embedding of a round size; a bound keeps a broken one from taking all memory.
  const std::size_t end = vocab.size() + specials.size() + 65536;
  std::unordered_map<std::string_view, std::int32_t> ids(2 * vocab.size());
  std::vector<bool> taken(end);
  std::size_t size = 0;
  for (const auto& [spelling, value] : vocab) {
    HADAL_CHECK(!spelling.empty(), ConfigError, "model: vocab has an empty piece");
    const auto id = value.get<std::int64_t>();
    HADAL_CHECK(id >= 0 && std::cmp_less(id, end) && !taken[static_cast<std::size_t>(id)], ConfigError,
                "model: vocab must give each piece an id of its own in 0 .. ", end - 1, ", got ", id);
    taken[static_cast<std::size_t>(id)] = true;
    size = std::max(size, static_cast<std::size_t>(id) + 1);
    ids.emplace(spelling, static_cast<std::int32_t>(id));
  }
  std::vector<std::string> pieces(size);
  for (const SpecialPiece& s : specials) {
    HADAL_CHECK(s.id >= 0 && std::cmp_less(s.id, end), ConfigError, "added_tokens: the id of \"", s.text,
                "\" must be in 0 .. ", end - 1, ", got ", s.id);
    const auto found = ids.find(s.text);
    HADAL_CHECK(found == ids.end() || found->second == s.id, ConfigError, "added_tokens: \"", s.text, "\" has the id ",
                s.id, ", but ", found->second, " in model.vocab");
    // Such a piece is no spelling of bytes, unless all its characters stand for themselves.
    if (found != ids.end() && std::any_of(s.text.begin(), s.text.end(), [](char c) { return c <= 0x20 || c == 0x7F; }))
      taken[static_cast<std::size_t>(s.id)] = false;
  }
  for (const auto& [spelling, id] : ids)
    if (taken[static_cast<std::size_t>(id)]) pieces[static_cast<std::size_t>(id)] = unspell_bytes(spelling);
  const auto id_of = [&](const std::string& spelling) {
    const auto found = ids.find(spelling);
    HADAL_CHECK(found != ids.end(), ConfigError, "model: merges need \"", spelling, "\", which vocab lacks");
    return found->second;
  };
  const Json::Array& list = model.get<Json::Array>("merges");
  std::vector<Merge> merges;
  merges.reserve(list.size());
  for (const Json& merge : list) {
    std::string left, right;  // "a b", or ["a", "b"] in newer files
    if (merge.is_string()) {
      const std::string& both = merge.get<std::string>();
      const std::size_t blank = both.find(' ');
      HADAL_CHECK(blank != std::string::npos, ConfigError, "model: merge \"", both, "\" must be two pieces");
      left = both.substr(0, blank), right = both.substr(blank + 1);
    } else {
      left = merge.get<std::string>(0), right = merge.get<std::string>(1);
    }
    const std::int32_t left_id = id_of(left), right_id = id_of(right);
    merges.push_back({left_id, right_id, id_of(left += right)});
  }
  return Bpe(std::move(pieces), std::move(merges), flag(model, "ignore_merges", false));
}

/// A token named by tokenizer_config.json: a string, or an object with its content.
inline std::optional<std::int32_t> read_named_token(const Json& config, const char* name, const Bpe& bpe,
                                                    const std::vector<SpecialPiece>& specials) {
  const Json* token = config.find(name);
  if (!token || token->is_null()) return {};
  const std::string& text = token->is_object() ? token->get<std::string>("content") : config.get<std::string>(name);
  for (const SpecialPiece& s : specials)
    if (s.text == text) return s.id;
  const auto found = std::find(bpe.pieces().begin(), bpe.pieces().end(), text);
  HADAL_CHECK(found != bpe.pieces().end(), ConfigError, "tokenizer_config: ", name, " \"", text,
              "\" is not in the vocabulary");
  return static_cast<std::int32_t>(found - bpe.pieces().begin());
}

/// `config`: the document of tokenizer_config.json, or null. Where both speak of it, `j` decides what a document begins
/// and ends with.
inline Tokenizer tokenizer_from_json(const Json& j, const Json& config, const RegexCompiler& compile) {
  bool has_template = false;
  TextRules rules = read_text_rules(j, compile, has_template);
  std::vector<SpecialPiece> specials = read_added_tokens(j);
  Bpe bpe = read_bpe(j.at("model"), specials);
  if (!config.is_null()) {
    rules.bos = read_named_token(config, "bos_token", bpe, specials);
    rules.eos = read_named_token(config, "eos_token", bpe, specials);
    rules.pad = read_named_token(config, "pad_token", bpe, specials);
    if (!has_template && rules.bos && flag(config, "add_bos_token", false)) rules.prefix = {*rules.bos};
    if (!has_template && rules.eos && flag(config, "add_eos_token", false)) rules.suffix = {*rules.eos};
  }
  return Tokenizer(std::move(bpe), std::move(specials), std::move(rules));
}

/// Calls f with errors about contents turned into FileError that names the path.
inline auto naming_file(const std::string& path, auto&& f) {
  try {
    return f();
  } catch (const ConfigError& e) {
    fail<FileError>(path, ": ", e.what());
  } catch (const ValueError& e) {
    fail<FileError>(path, ": ", e.what());
  }
}

}  // namespace detail

/// `path`: a tokenizer.json, or the folder of a model, where tokenizer_config.json beside it, if there is one, names
/// the first, last and padding token and says whether documents begin and end with them. `compile`: for patterns that
/// are not built in. Throws FileError naming the path when a file is unreadable, damaged or not understood.
inline Tokenizer Tokenizer::load(const std::string& path, const RegexCompiler& compile) {
  const bool is_folder = ::access((path + "/tokenizer.json").c_str(), F_OK) == 0;
  const std::string file = is_folder ? path + "/tokenizer.json" : path, beside = path + "/tokenizer_config.json";
  const Json j = Json::parse(read_file(file), file);
  Json config;
  if (is_folder && ::access(beside.c_str(), F_OK) == 0) config = Json::parse(read_file(beside), beside);
  return detail::naming_file(path, [&] { return detail::tokenizer_from_json(j, config, compile); });
}

/// Written all or nothing. Throws FileError naming the path; ValueError when a special piece is not UTF-8.
inline void Tokenizer::save(const std::string& path) const {
  write_file(path, detail::tokenizer_to_json(*this).dump(1) + "\n");
}

}  // namespace hadal
