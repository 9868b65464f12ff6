#!/usr/bin/env python3
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Writes include/hadal/text/unicode_table.hpp: the kind of every code point, as runs.

Needs a unicodedata of Unicode 16.0, the version by which the `tokenizers` package (0.23) splits: PyPI's
unicodedata2 16.0.0, or the module of Python 3.14. With `--check` it also compares every code point with what
`tokenizers` itself says, where that package is installed.
"""
import itertools
import pathlib
import sys

try:
    import unicodedata2 as unicodedata
except ImportError:
    import unicodedata

assert unicodedata.unidata_version.startswith("16."), unicodedata.unidata_version
HEADER = pathlib.Path(__file__).parents[2] / "include/hadal/text/unicode_table.hpp"
SPACES = {0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F,
          0x3000}
# Symbols with the property Alphabetic, and the two joiners: parts of words that their category does not show.
WORDS = {0x200C, 0x200D, *range(0x24B6, 0x24EA), *range(0x1F130, 0x1F14A), *range(0x1F150, 0x1F16A),
         *range(0x1F170, 0x1F18A)}


def kind(code):
    """Category's letter, C for all without a use here, Z for white space; a capital where \\w holds."""
    category = unicodedata.category(chr(code))
    letter = "Z" if code in SPACES else category[0] if category[0] in "LMNPS" else "C"
    word = category[0] in "LM" or category in ("Nd", "Nl", "Pc") or code in WORDS
    return letter if word else letter.lower()


def check():
    from tokenizers import Regex, __version__, pre_tokenizers

    codes = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for letter, regex in [(c, rf"\p{{{c}}}") for c in "LMNPS"] + [("Z", r"\s")]:
        split = pre_tokenizers.Split(Regex(regex), "removed")
        for start in range(0, len(codes), 4096):
            some = codes[start:start + 4096]
            kept = set()
            for _, (begin, end) in split.pre_tokenize_str("".join(map(chr, some))):
                kept.update(range(begin, end))
            for k, code in enumerate(some):
                assert (k not in kept) == (kind(code).upper() == letter), (regex, hex(code))
    print(f"the table agrees with tokenizers {__version__} on {len(codes)} code points")


runs = [(k, len(list(group))) for k, group in itertools.groupby(map(kind, range(0x110000)))]
text = "".join(k + (str(n) if n > 1 else "") for k, n in runs)
width = 112
lines = [text[i:i + width] for i in range(0, len(text), width)]
HEADER.write_text("""// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace hadal {

/// The kinds of all code points in order, Unicode VERSION, as runs: a letter and, where it is not 1, the run's length.
/// L letter, M mark, N number, P punctuation, S symbol, Z white space, C all else; a capital where the character can be
/// part of a word (\\w), a small letter elsewhere. Written by tests/unicode/make_table.py.
inline constexpr std::string_view unicode_runs =
LINES;

}  // namespace hadal
""".replace("VERSION", unicodedata.unidata_version).replace("LINES", "\n".join(f'    "{line}"' for line in lines)))
print(f"{HEADER.name}: {len(runs)} runs, {len(text)} characters")
if "--check" in sys.argv:
    check()
