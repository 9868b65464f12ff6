// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/config.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace hadal {

/// Everything the library throws derives from Error; the message names the operation, the rule and the values.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct ShapeError : Error { using Error::Error; };    ///< shapes that do not fit together
struct TypeError : Error { using Error::Error; };     ///< element types that do not fit together
struct IndexError : Error { using Error::Error; };    ///< an index, token id or axis out of range
struct ValueError : Error { using Error::Error; };    ///< any other argument that breaks a rule
struct GradError : Error { using Error::Error; };     ///< misuse of the tape
struct NumericError : Error { using Error::Error; };  ///< NaN or infinity where a number was needed
struct FileError : Error { using Error::Error; };     ///< a file that is missing, unreadable, damaged or foreign
struct ConfigError : Error { using Error::Error; };   ///< a configuration key or value that is not understood
struct MemoryError : Error { using Error::Error; };   ///< memory that could not be had

namespace detail {

inline void put(std::string& s, std::string_view v) { s.append(v); }
inline void put(std::string& s, const char* v) { s.append(v); }
inline void put(std::string& s, const std::string& v) { s.append(v); }
inline void put(std::string& s, char v) { s.push_back(v); }
inline void put(std::string& s, bool v) { s.append(v ? "true" : "false"); }

template <class V>
  requires std::is_arithmetic_v<V>
void put(std::string& s, V v) {
  if constexpr (std::is_floating_point_v<V>) {
    char text[40];
    int n = __builtin_snprintf(text, sizeof text, "%.9g", static_cast<double>(v));
    s.append(text, static_cast<std::size_t>(n));
  } else {
    s.append(std::to_string(v));
  }
}

}  // namespace detail

/// Joins parts (text, numbers, shapes: anything with a `put` overload) into one string.
template <class... Parts>
std::string join(const Parts&... parts) {
  std::string s;
  using detail::put;
  (put(s, parts), ...);
  return s;
}

/// Throws E with the joined parts as its message.
template <class E = Error, class... Parts>
[[noreturn]] HADAL_COLD void fail(const Parts&... parts) {
  throw E(join(parts...));
}

}  // namespace hadal

/// Throws E unless the condition holds. The message is built only on failure.
#define HADAL_CHECK(condition, E, ...)                      \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::hadal::fail<E>(__VA_ARGS__);                        \
  } while (false)
