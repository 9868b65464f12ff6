// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// A tokenizer.json, and behind a zero byte a text. Where the document has no vocabulary it gets the bytes and a few
// merges, so that small inputs reach far. What loads also encodes and decodes any text, the same after being saved.

#include <hadal/text/text.hpp>

#include <cstdlib>

namespace {

hadal::Json with_vocabulary(hadal::Json j) {
  using namespace hadal;
  const Json* model = j.find("model");
  if (!j.is_object() || (model && (!model->is_object() || model->find("vocab")))) return j;
  Json::Object vocab;
  for (std::uint8_t byte : byte_alphabet.in_order)
    vocab.emplace_back(spell_bytes(std::string(1, static_cast<char>(byte))), vocab.size());
  for (const char* piece : {"th", "the", "\xC4\xA0the", "\xC4\xA0\xC4\xA0", "12"})
    vocab.emplace_back(piece, vocab.size());
  j["model"]["type"] = "BPE";
  j["model"]["vocab"] = std::move(vocab);
  j["model"]["merges"] = Json::Array{"t h", "\xC4\xA0 \xC4\xA0", "th e", Json::Array{"\xC4\xA0", "the"}, "1 2"};
  return j;
}

void require(bool held) {
  if (!held) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hadal;
  const std::string_view input(size ? reinterpret_cast<const char*>(data) : "", size);
  const std::size_t zero = std::min(input.find('\0'), size);
  const std::string_view text = input.substr(std::min(zero + 1, size));
  try {
    const Tokenizer t = detail::tokenizer_from_json(with_vocabulary(Json::parse(input.substr(0, zero))), {}, {});
    const Tokenizer again = detail::tokenizer_from_json(Json::parse(detail::tokenizer_to_json(t).dump()), {}, {});
    for (const auto& ids : {t.encode(text), t.encode_with_specials(text)}) {
      Detokenizer parts(t);
      std::string joined;
      for (std::int32_t id : ids) {
        const std::string part = parts.push(id);
        require(find_invalid_utf8(part) == part.size());
        joined += part;
      }
      joined += parts.finish();
      require(replace_invalid_utf8(t.decode(ids)) == joined);
    }
    require(t.encode(text) == again.encode(text));
    require(t.encode_with_specials(text) == again.encode_with_specials(text));
  } catch (const FileError&) {
  } catch (const ConfigError&) {
  } catch (const ValueError&) {
  }
  return 0;
}
