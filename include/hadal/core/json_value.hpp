// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <concepts>
#include <initializer_list>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

namespace hadal {

/// A JSON value. Integers that fit 64 bits are kept as such, other numbers as double; an object keeps the order in
/// which its keys were written. `json.hpp` adds reading and writing.
///
/// Typed access takes the way to the value, so that an error names it:
///   config.get<int>("model", "layers", 2, "width")
///   -> ConfigError "json: model.layers[2].width must be an integer, got a string"
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(std::same_as<bool> auto v) : value_(v) {}  // a template, so that no pointer turns into a boolean
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Json(I v) {
    if constexpr (std::numeric_limits<I>::digits > 63)
      HADAL_CHECK(v <= static_cast<I>(std::numeric_limits<std::int64_t>::max()), ValueError,
                  "json: an integer must fit 64 signed bits, got ", v);
    value_ = static_cast<std::int64_t>(v);
  }
  Json(double v) : value_(v) {}
  Json(const char* v) : value_(std::string(v)) {}
  Json(std::string_view v) : value_(std::string(v)) {}
  Json(std::string v) : value_(std::move(v)) {}
  Json(Array v) : value_(std::move(v)) {}
  Json(Object v) : value_(std::move(v)) {}

  /// The value that `text` holds, and nothing beside it. `name` (a path, say) opens the messages.
  /// Strict RFC 8259: valid UTF-8, no key twice, no number outside double's range, at most 128 levels.
  /// Throws FileError with the byte offset.
  static Json parse(std::string_view text, std::string_view name = "json");

  /// The value as text; with indent > 0 each member on a line of its own. Doubles take the fewest digits that read
  /// back the same. Throws ValueError for NaN, infinity and strings that are not UTF-8.
  std::string dump(int indent = 0) const;

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// "null", "a boolean", "an integer", "a number", "a string", "an array" or "an object".
  const char* kind() const {
    static constexpr const char* names[] = {"null",     "a boolean", "an integer", "a number",
                                            "a string", "an array",  "an object"};
    return names[value_.index()];
  }

  /// The member of an object, or null when there is none or this is no object.
  const Json* find(std::string_view key) const {
    if (const Object* members = std::get_if<Object>(&value_))
      for (const auto& [name, value] : *members)
        if (name == key) return &value;
    return nullptr;
  }

  /// The value at the end of a way of keys and indices. Throws ConfigError naming the way up to what is missing.
  template <class... Steps>
  const Json& at(const Steps&... steps) const {
    std::string way;
    const Json* here = this;
    ((here = &here->step(way, steps)), ...);
    return *here;
  }

  /// The value at the end of the way as T: bool, an integer type (in range), float or double, std::string, Array,
  /// Object. Throws ConfigError naming the way, the rule and what is there.
  template <class T, class... Steps>
  decltype(auto) get(const Steps&... steps) const {
    std::string way;
    const Json* here = this;
    ((here = &here->step(way, steps)), ...);
    return here->as<T>(way);
  }

  /// The member as T, or the fallback when the key is missing or null; a value of another type is still an error.
  template <class T>
  T get_or(std::string_view key, T fallback) const {
    const Json* value = find(key);
    if (!value || value->is_null()) return fallback;
    return value->as<T>(std::string(key));
  }

  /// Throws ConfigError naming the first member that is not in the list: settings nobody reads are mistakes.
  void allow_only(std::initializer_list<std::string_view> keys) const {
    const Object* members = std::get_if<Object>(&value_);
    HADAL_CHECK(members, ConfigError, "json: the settings must be an object, got ", kind());
    for (const auto& [name, value] : *members) {
      bool known = false;
      for (std::string_view key : keys) known = known || key == name;
      HADAL_CHECK(known, ConfigError, "json: key \"", name, "\" is not understood");
    }
  }

  /// The member to write to, appended when missing; null becomes an object first. Throws ConfigError on other kinds.
  Json& operator[](std::string_view key) {
    if (is_null()) value_ = Object{};
    Object* members = std::get_if<Object>(&value_);
    HADAL_CHECK(members, ConfigError, "json: key \"", key, "\" needs an object, got ", kind());
    for (auto& [name, value] : *members)
      if (name == key) return value;
    return members->emplace_back(std::string(key), Json()).second;
  }

  /// Appends to an array; null becomes an array first. Throws ConfigError on other kinds.
  void push_back(Json element) {
    if (is_null()) value_ = Array{};
    Array* elements = std::get_if<Array>(&value_);
    HADAL_CHECK(elements, ConfigError, "json: an element needs an array, got ", kind());
    elements->push_back(std::move(element));
  }

  friend bool operator==(const Json& a, const Json& b) { return a.value_ == b.value_; }

 private:
  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object>;

  const Json& step(std::string& way, std::string_view key) const {
    HADAL_CHECK(is_object(), ConfigError, "json: ", way.empty() ? "the document" : way, " must be an object, got ",
                kind());
    if (!way.empty()) way += '.';
    way += key;
    const Json* value = find(key);
    HADAL_CHECK(value, ConfigError, "json: ", way, " is missing");
    return *value;
  }
  template <std::integral I>
  const Json& step(std::string& way, I index) const {
    HADAL_CHECK(is_array(), ConfigError, "json: ", way.empty() ? "the document" : way, " must be an array, got ",
                kind());
    const Array& elements = std::get<Array>(value_);
    way += join('[', index, ']');
    HADAL_CHECK(std::cmp_greater_equal(index, 0) && std::cmp_less(index, elements.size()), ConfigError, "json: ", way,
                " is missing: the array has ", elements.size(), " elements");
    return elements[static_cast<std::size_t>(index)];
  }

  template <class T>
  decltype(auto) as(const std::string& way) const {
    const auto need = [&](bool met, const char* rule) {
      HADAL_CHECK(met, ConfigError, "json: ", way.empty() ? "the document" : way, " must be ", rule, ", got ", kind());
    };
    if constexpr (std::same_as<T, std::string> || std::same_as<T, Array> || std::same_as<T, Object>) {
      need(std::holds_alternative<T>(value_),
           std::same_as<T, std::string> ? "a string" : std::same_as<T, Array> ? "an array" : "an object");
      return static_cast<const T&>(std::get<T>(value_));
    } else if constexpr (std::same_as<T, bool>) {
      need(is_bool(), "a boolean");
      return bool{std::get<bool>(value_)};
    } else if constexpr (std::integral<T>) {
      need(is_integer(), "an integer");
      const std::int64_t v = std::get<std::int64_t>(value_);
      HADAL_CHECK(std::in_range<T>(v), ConfigError, "json: ", way.empty() ? "the document" : way,
                  " must be between ", std::numeric_limits<T>::min(), " and ", std::numeric_limits<T>::max(), ", got ",
                  v);
      return static_cast<T>(v);
    } else {
      static_assert(std::floating_point<T>, "Json::get: bool, integers, float, double, std::string, Array or Object");
      need(is_number(), "a number");
      return static_cast<T>(is_integer() ? static_cast<double>(std::get<std::int64_t>(value_))
                                         : std::get<double>(value_));
    }
  }

  friend struct JsonWriter;
  Value value_;
};

}  // namespace hadal
