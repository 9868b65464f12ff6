# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Loads a tokenizer.json in the `tokenizers` package and compares ids.

Usage: check_tokenizer.py TOKENIZER LINES: LINES is a JSON list of pairs, a line and its ids. Ends with 0 when all agree,
77 where the package is not installed, else 1.
"""
import json
import sys

try:
    import tokenizers
except ImportError:
    print("no tokenizers package")
    sys.exit(77)

peer = tokenizers.Tokenizer.from_file(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as f:
    pairs = json.load(f)
wrong = [(line, ids, got) for line, ids in pairs if (got := peer.encode(line, add_special_tokens=False).ids) != ids]
lost = [line for line, ids in pairs if peer.decode(ids, skip_special_tokens=False) != line]
for case in wrong[:5] + lost[:5]:
    print(case)
print(f"tokenizers {tokenizers.__version__}: {len(pairs)} lines, {len(wrong)} differ, {len(lost)} not given back")
sys.exit(bool(wrong or lost))
