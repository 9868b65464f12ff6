// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/config.hpp>

#include <cstdint>
#include <initializer_list>
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

/// One piece of a message: text, a number, or anything else with a `put(std::string&, const T&)` beside its type.
/// Pieces hide their types, so that a message costs the compiler no function. It must not outlive what it shows.
class MessagePart {
 public:
  MessagePart(std::string_view v) : text_(v.data()), size_(v.size()), put_(&put_text) {}
  MessagePart(const char* v) : MessagePart(std::string_view(v)) {}
  MessagePart(const std::string& v) : MessagePart(std::string_view(v)) {}
  MessagePart(bool v) : MessagePart(v ? "true" : "false") {}
  MessagePart(char v) : character_(v), put_(&put_character) {}
  template <class V>
    requires(!std::is_pointer_v<V>)
  MessagePart(const V& v) {
    if constexpr (std::is_floating_point_v<V>) {
      number_ = static_cast<double>(v);
      put_ = &put_number;
    } else if constexpr (std::is_integral_v<V>) {
      integer_ = static_cast<std::int64_t>(v);
      put_ = std::is_signed_v<V> || sizeof(V) < 8 ? &put_integer : &put_unsigned;
    } else {
      object_ = &v;
      put_ = [](std::string& s, const MessagePart& p) { put(s, *static_cast<const V*>(p.object_)); };
    }
  }

  void append_to(std::string& s) const { put_(s, *this); }

 private:
  static void put_text(std::string& s, const MessagePart& p) { s.append(p.text_, p.size_); }
  static void put_character(std::string& s, const MessagePart& p) { s.push_back(p.character_); }
  static void put_integer(std::string& s, const MessagePart& p) { s.append(std::to_string(p.integer_)); }
  static void put_unsigned(std::string& s, const MessagePart& p) {
    s.append(std::to_string(static_cast<std::uint64_t>(p.integer_)));
  }
  static void put_number(std::string& s, const MessagePart& p) {
    char text[40];
    const int n = __builtin_snprintf(text, sizeof text, "%.9g", p.number_);
    s.append(text, static_cast<std::size_t>(n));
  }

  union {
    const char* text_;
    const void* object_;
    std::int64_t integer_;
    double number_;
    char character_;
  };
  std::size_t size_ = 0;
  void (*put_)(std::string&, const MessagePart&);
};

namespace detail {

HADAL_COLD inline std::string join_parts(std::initializer_list<MessagePart> parts) {
  std::string s;
  for (const MessagePart& p : parts) p.append_to(s);
  return s;
}
template <class E>
[[noreturn]] HADAL_COLD void fail_with(std::initializer_list<MessagePart> parts) {
  throw E(join_parts(parts));
}

}  // namespace detail

/// Joins parts (see MessagePart) into one string.
template <class... Parts>
HADAL_INLINE std::string join(const Parts&... parts) {
  return detail::join_parts({MessagePart(parts)...});
}

/// Throws E with the joined parts as its message.
template <class E = Error, class... Parts>
[[noreturn]] HADAL_INLINE void fail(const Parts&... parts) {
  detail::fail_with<E>({MessagePart(parts)...});
}

}  // namespace hadal

/// Throws E unless the condition holds. The message is built only on failure.
#define HADAL_CHECK(condition, E, ...)                      \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::hadal::fail<E>(__VA_ARGS__);                        \
  } while (false)
