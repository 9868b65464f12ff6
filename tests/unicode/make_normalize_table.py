#!/usr/bin/env python3
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Writes include/hadal/text/normalize_table.hpp: canonical decompositions and combining classes, for form C.

The `tokenizers` package (0.23) normalizes by Unicode 9.0. Its characters are those of a newer unicodedata (PyPI's
unicodedata2, or Python's own) that this package normalizes too, so it must be installed.
"""
import itertools
import pathlib

from tokenizers import __version__
from tokenizers.normalizers import NFC, NFD

try:
    import unicodedata2 as unicodedata
except ImportError:
    import unicodedata

HEADER = pathlib.Path(__file__).parents[2] / "include/hadal/text/normalize_table.hpp"
CODES = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
nfc, nfd = NFC().normalize_str, NFD().normalize_str


def order(code):
    """The combining class, if the package knows it: it then sorts marks of other classes around the character."""
    own = unicodedata.combining(chr(code))
    if not own:
        return 0
    tries = ("a\u0345" + chr(code), "a" + chr(code) + "\u0334", "a\u0302" + chr(code) + "\u0327")
    known = all(nfd(t) == unicodedata.normalize("NFD", t) for t in tries)
    return own if known else 0


decompositions, last = [], 0
for code in CODES:
    parts = unicodedata.decomposition(chr(code))
    if not parts or parts.startswith("<") or nfd(chr(code)) == chr(code):
        continue
    composed = nfc(chr(code)) == chr(code)
    decompositions.append(f"{code - last:X}{'=' if composed else '>'}{'+'.join(p.lstrip('0') for p in parts.split())}")
    last = code
runs = [(k, len(list(group))) for k, group in itertools.groupby(map(order, range(0x110000)))]
orders = " ".join(f"{n:X}*{k:X}" if k else f"{n:X}" for k, n in runs[:-1])


def literal(text):
    return "\n".join(f'    "{text[i:i + 112]}"' for i in range(0, len(text), 112))


HEADER.write_text(f"""// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace hadal {{

// Unicode 9.0, as in tokenizers {__version__}; written by tests/unicode/make_normalize_table.py. Numbers are hexadecimal.

/// Canonical decompositions but those of Hangul: the distance of the code point from the one before, "=" where form C
/// puts the parts together again or ">" where it does not, and one or two parts.
inline constexpr std::string_view unicode_decompositions =
{literal(" ".join(decompositions))};

/// Combining classes of all code points in order, as runs: a length, and the class where it is not 0.
inline constexpr std::string_view unicode_combining_runs =
{literal(orders)};

}}  // namespace hadal
""")
print(f"{HEADER.name}: {len(decompositions)} decompositions, {len(runs)} runs")
