// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/random.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Sentences of a small grammar, as bytes: text whose next characters are often, but not always, plain. A model learns
/// it in a minute, and drafts for it are as good as they are for a large model and English.
inline std::vector<std::int32_t> plain_text(std::size_t length, std::uint64_t seed) {
  static const std::vector<std::string> who = {"the captain", "an old fisherman", "the diver", "our engineer",
                                               "a stranger", "the doctor", "my sister", "the keeper"};
  static const std::vector<std::string> does = {"watched", "followed", "remembered", "described", "lost", "found",
                                                "repaired", "painted"};
  static const std::vector<std::string> what = {"the lantern", "a silver whale", "the northern harbour", "an anchor",
                                                "the broken compass", "a letter", "the deep current", "the ship"};
  static const std::vector<std::string> when = {"before the storm", "in the morning", "without a word",
                                                "under the bridge", "for many years", "at low tide"};
  std::string text;
  std::uint64_t draw = 0;
  const auto pick = [&](const std::vector<std::string>& list) -> const std::string& {
    return list[hadal::random_below(hadal::Key{seed}, draw++, list.size())];
  };
  while (text.size() < length) text += pick(who) + " " + pick(does) + " " + pick(what) + " " + pick(when) + ".\n";
  return {text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length)};
}

}  // namespace bench
