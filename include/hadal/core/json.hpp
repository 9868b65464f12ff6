// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/json_value.hpp>
#include <hadal/core/utf8.hpp>

#include <algorithm>
#include <charconv>

namespace hadal {

/// Reads one document; used by Json::parse.
struct JsonReader {
  static constexpr int max_depth = 128;

  std::string_view text;
  std::string_view name;
  std::size_t i = 0;

  template <class... Parts>
  [[noreturn]] HADAL_COLD void error(std::size_t offset, const Parts&... parts) const {
    fail<FileError>(name, ": ", parts..., " at byte ", offset);
  }

  Json document() {
    const std::size_t broken = find_invalid_utf8(text);
    if (broken != text.size()) error(broken, "text must be UTF-8: broken character");
    Json v = value(0);
    skip_space();
    if (i != text.size()) error(i, "unexpected text after the value");
    return v;
  }

 private:
  char peek() const { return i < text.size() ? text[i] : '\0'; }

  void skip_space() {
    while (i < text.size() && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r')) ++i;
  }

  void expect(std::string_view word) {
    if (text.substr(i, word.size()) != word) error(i, "expected ", word);
    i += word.size();
  }

  Json value(int depth) {
    if (depth > max_depth) error(i, "more than ", max_depth, " levels");
    skip_space();
    switch (peek()) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': return string();
      case 't': expect("true"); return true;
      case 'f': expect("false"); return false;
      case 'n': expect("null"); return nullptr;
      default: return number();
    }
  }

  Json array(int depth) {
    Json::Array elements;
    ++i, skip_space();
    if (peek() == ']') return ++i, elements;
    while (true) {
      elements.push_back(value(depth + 1));
      skip_space();
      if (peek() == ']') return ++i, Json(std::move(elements));
      expect(",");
    }
  }

  Json object(int depth) {
    Json::Object members;
    std::vector<std::size_t> offsets;
    ++i, skip_space();
    if (peek() == '}') return ++i, members;
    while (true) {
      skip_space();
      offsets.push_back(i);
      if (peek() != '"') error(i, "expected a key");
      std::string key = string();
      skip_space(), expect(":");
      members.emplace_back(std::move(key), value(depth + 1));
      skip_space();
      if (peek() == '}') break;
      expect(",");
    }
    ++i;
    refuse_twins(members, offsets);
    return members;
  }

  // Sorted, because a vocabulary has many thousand keys.
  void refuse_twins(const Json::Object& members, const std::vector<std::size_t>& offsets) const {
    std::vector<std::size_t> order(members.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(std::string_view(members[a].first), a) < std::pair(std::string_view(members[b].first), b);
    });
    for (std::size_t k = 1; k < order.size(); ++k)
      if (members[order[k]].first == members[order[k - 1]].first)
        error(offsets[order[k]], "key \"", members[order[k]].first, "\" a second time");
  }

  std::uint32_t hex4() {
    std::uint32_t code = 0;
    const char* end = text.data() + (i + 4 < text.size() ? i + 4 : text.size());
    const auto [stop, failed] = std::from_chars(text.data() + i, end, code, 16);
    if (failed != std::errc() || stop != text.data() + i + 4) error(i, "expected four hexadecimal digits");
    i += 4;
    return code;
  }

  void escape(std::string& s) {
    const std::size_t start = i++;
    const char c = peek();
    ++i;
    switch (c) {
      case '"': case '\\': case '/': s += c; return;
      case 'b': s += '\b'; return;
      case 'f': s += '\f'; return;
      case 'n': s += '\n'; return;
      case 'r': s += '\r'; return;
      case 't': s += '\t'; return;
      case 'u': break;
      default: error(start, "unknown escape");
    }
    std::uint32_t code = hex4();
    if (code >= 0xDC00 && code < 0xE000) error(start, "low surrogate without its high one");
    if (code >= 0xD800 && code < 0xDC00) {
      if (text.substr(i, 2) != "\\u") error(start, "high surrogate without its low one");
      i += 2;
      const std::uint32_t low = hex4();
      if (low < 0xDC00 || low >= 0xE000) error(start, "high surrogate without its low one");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(s, code);
  }

  std::string string() {
    const std::size_t start = i++;
    std::string s;
    while (true) {
      const std::size_t run = i;
      while (i < text.size() && text[i] != '"' && text[i] != '\\' && static_cast<unsigned char>(text[i]) >= 0x20) ++i;
      s.append(text, run, i - run);
      if (i >= text.size()) error(start, "string without an end");
      if (text[i] == '"') return ++i, s;
      if (text[i] != '\\') error(i, "control character in a string");
      escape(s);
    }
  }

  bool digits() {
    const std::size_t start = i;
    while (peek() >= '0' && peek() <= '9') ++i;
    return i > start;
  }

  Json number() {
    const std::size_t start = i;
    if (peek() == '-') ++i;
    const std::size_t first = i;
    if (!digits()) error(start, "expected a value");
    if (text[first] == '0' && i > first + 1) error(first, "number with a leading zero");
    bool integer = text.substr(start, i - start) != "-0";  // only a double can be minus zero
    if (peek() == '.') {
      ++i, integer = false;
      if (!digits()) error(i, "expected a digit");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++i, integer = false;
      if (peek() == '+' || peek() == '-') ++i;
      if (!digits()) error(i, "expected a digit");
    }
    const char* begin = text.data() + start;
    const char* end = text.data() + i;
    if (std::int64_t v = 0; integer && std::from_chars(begin, end, v).ec == std::errc()) return v;
    double v = 0;
    if (std::from_chars(begin, end, v).ec != std::errc()) error(start, "number outside the range of double");
    return v;
  }
};

/// Writes one document; used by Json::dump.
struct JsonWriter {
  int indent;
  std::string out;

  void value(const Json& json, int depth) {
    std::visit([&](const auto& v) { write(v, depth); }, json.value_);
  }

 private:
  void line(int depth) {
    if (indent <= 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(indent * depth), ' ');
  }

  void write(std::monostate, int) { out += "null"; }
  void write(bool v, int) { out += v ? "true" : "false"; }
  void write(std::int64_t v, int) { out += std::to_string(v); }
  void write(double v, int) {
    HADAL_CHECK(__builtin_isfinite(v), ValueError, "json: a number must be finite, got ", v);
    char digits[32];
    const std::string_view text(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";  // else it would come back as an integer
  }
  void write(const std::string& s, int) {
    const std::size_t broken = find_invalid_utf8(s);
    HADAL_CHECK(broken == s.size(), ValueError, "json: a string must be UTF-8, got a broken character at byte ",
                broken);
    out += '"';
    for (char c : s) {
      switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
          if (static_cast<unsigned char>(c) < 0x20) {
            out += "\\u00";
            out += "01"[c >> 4];
            out += "0123456789abcdef"[c & 15];
          } else {
            out += c;
          }
      }
    }
    out += '"';
  }
  void write(const Json::Array& elements, int depth) {
    out += '[';
    for (std::size_t k = 0; k < elements.size(); ++k) {
      if (k) out += indent > 0 ? "," : ", ";
      line(depth + 1);
      value(elements[k], depth + 1);
    }
    if (!elements.empty()) line(depth);
    out += ']';
  }
  void write(const Json::Object& members, int depth) {
    out += '{';
    for (std::size_t k = 0; k < members.size(); ++k) {
      if (k) out += indent > 0 ? "," : ", ";
      line(depth + 1);
      write(members[k].first, depth);
      out += ": ";
      value(members[k].second, depth + 1);
    }
    if (!members.empty()) line(depth);
    out += '}';
  }
};

inline Json Json::parse(std::string_view text, std::string_view name) { return JsonReader{text, name}.document(); }

inline std::string Json::dump(int indent) const {
  JsonWriter writer{indent, {}};
  writer.value(*this, 0);
  return std::move(writer.out);
}

}  // namespace hadal
