// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/json.hpp>

#include <optional>
#include <set>

namespace hadal {

/// Takes members out of a JSON object that describes settings, and remembers which were asked for. Errors are
/// ConfigErrors that name the key, behind `prefix` and a dot where one is given, and its value. Keys are literals: they
/// must outlive this.
class JsonKeys {
 public:
  explicit JsonKeys(const Json& json, std::string prefix = "") : json_(json), prefix_(std::move(prefix)) {
    HADAL_CHECK(json.is_object(), ConfigError, "json: ", prefix_.empty() ? "the document" : prefix_,
                " must be an object, got ", json.kind());
  }

  /// The member, or null when it is missing or null itself.
  const Json* find(std::string_view key) {
    asked_.insert(key);
    const Json* value = json_.find(key);
    return value && !value->is_null() ? value : nullptr;
  }
  template <class T>
  std::optional<T> get(std::string_view key) {
    const Json* value = find(key);
    if (!value) return std::nullopt;
    try {
      // Sizes have 31 bits, so that products of two do not overflow.
      if constexpr (std::is_same_v<T, std::int64_t>) return value->get<std::int32_t>();
      else return value->get<T>();
    } catch (const ConfigError&) {
      fail<ConfigError>("json: ", name(key), " must be ", kind_of<T>(), ", got ", value->dump());
    }
  }
  template <class T>
  T need(std::string_view key) {
    const auto value = get<T>(key);
    HADAL_CHECK(value, ConfigError, "json: ", name(key), " is missing");
    return *value;
  }
  /// A member that may only have one value.
  template <class T>
  void only(std::string_view key, const T& supported) {
    const auto value = get<T>(key);
    HADAL_CHECK(!value || *value == supported, ConfigError, "json: ", name(key), " must be ", Json(supported).dump(),
                ", got ", Json(*value).dump());
  }
  void ignore(std::initializer_list<std::string_view> keys) { asked_.insert(keys.begin(), keys.end()); }

  std::string name(std::string_view key) const { return prefix_.empty() ? std::string(key) : join(prefix_, ".", key); }
  void add_unknown(std::vector<std::string>& list) const {
    for (const auto& [key, value] : json_.get<Json::Object>())
      if (!asked_.count(key)) list.push_back(name(key));
  }

 private:
  template <class T>
  static const char* kind_of() {
    if constexpr (std::is_same_v<T, bool>) return "a boolean";
    else if constexpr (std::is_same_v<T, std::int64_t>) return "an integer of 31 bits";
    else if constexpr (std::is_same_v<T, double>) return "a number";
    else return "a string";
  }

  const Json& json_;
  std::string prefix_;
  std::set<std::string_view> asked_;
};

}  // namespace hadal
