// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/unicode.hpp>

namespace hadal {
inline bool is_plainly_nfc(std::string_view) { return true; }
inline std::string to_nfc(std::string_view t) { return std::string(t); }
}  // namespace hadal
