#!/usr/bin/env python3
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Writes tokenizers.json beside it: a small vocabulary trained here, the ways in which published families cut text, and
what the `tokenizers` package makes of some hundred difficult lines under each.

Run with a Python that has PyPI's tokenizers: python tests/golden/make_tokenizers.py
{"made_with": ..., "document": a tokenizer.json, "families": {name: members of it to replace}, "lines": [...],
 "broken": lines that are not UTF-8, in hexadecimal, "ids": {name: [ids of each line, then of each broken one]}}
"""
import json
import pathlib
import random

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

FOLDER = pathlib.Path(__file__).parent
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}


def split(pattern):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps) + [BYTES]}


DIGITS = {"type": "Digits", "individual_digits": True}
LETTERS = (
    "A-Za-z\xb5\xc0-\xd6\xd8-\xf6\xf8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-"
    "\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-"
    "\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15"
    "\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc"
    "\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107"
    "\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149"
    "\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f"
    "\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\U00010400-\U0001044f"
    "\U000104b0-\U000104d3\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df"
    "\U0001e900-\U0001e943")
V3 = ("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
      "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+")
LLAMA = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
         r"|\s+(?!\S)|\s+")
QWEN3_5 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+"
           r"|\s+(?!\S)|\s+")
NFC = {"type": "NFC"}
FAMILIES = {
    "deepseek_v2": {"normalizer": {"type": "Sequence", "normalizers": []}, "pre_tokenizer": sequence(
        split("[\r\n]"), split(f"\\s?[{LETTERS}]+"), split("\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+"), split("\\s+$"),
        split("[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"), DIGITS)},
    "deepseek_v3": {"normalizer": {"type": "Sequence", "normalizers": []}, "pre_tokenizer": sequence(
        split("\\p{N}{1,3}"), split("[一-龥\u3040-ゟ゠-ヿ]+"), split(V3))},
    "deepseek_coder": {"pre_tokenizer": sequence(
        split("[\r\n]"), split("\\s?\\p{L}+"), split("\\s?\\p{P}+"),
        split("[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"), DIGITS)},
    "gpt2": {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}},
    "gpt2_blank": {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}},
    "llama3": {"pre_tokenizer": sequence(split(LLAMA))},
    "qwen2": {"normalizer": NFC, "pre_tokenizer": sequence(split(LLAMA.replace("{1,3}", "")))},
    "qwen3_5": {"normalizer": NFC, "pre_tokenizer": sequence(split(QWEN3_5))},
}
LINES = [
    "", " ", "  ", "\n", "\r\n", " \n ", "\t\t\tx", "a", "Hello, world!", "  leading", "trailing  ", "a  b   c",
    "x\n\n\ny",
    "x \n \n y", "x\r\n\r\n  y", "\u3000中文。　 。", "a\u3000b", "a\xa0\xa0b", "a\u2028b\u2029c\x85d\x0b\x0ce",
    "a\u200bb\u200d\ufeffc",
    "I'm, you're, he's, we've, I'd, they'll, don't", "I'M YOU'RE HE'S WE'VE I'D THEY'LL DON'T", "it'ſ 'ſ 'S's",
    "'tis ''s 's's'",
    "0 12 123 1234 12345 1234567890", "a1b22c333d4444", "1.5e-10, 0x1F, 1,000,000", "½ ¼ ² ³ Ⅷ ⅷ ① ㉑ ٣٤٥ १२३ １２３ 𝟙𝟚",
    "\U00011de0\U00016ff4 \U00010d40",
    "def f(x): return x**2  # square", "if (a&&b||!c) { x[0] = y->z; }\n\t\treturn;", "<div class=\"a\">&nbsp;</div>",
    "C:\\path\\to.exe /usr/bin",
    "#include <vector>\n\nint main() {\n  return 0;\n}\n",
    ".method() _private __init__ $var @decorator ~tilde `tick`", "!word ?word #word %word ^word",
    "(word)[word]{word}", "a-b_c+d=e", "...!!!???", " ... !!! ", "—–‘’“”…•·", "$5 €5 £5 ¥5 +-×÷=≠", "我们在北京，天气很好。",
    "東京は日本の首都です。カタカナ", "한국어 문장입니다.",
    "中文English混合123数字", "ひらがな゛゜ー・ヽ", "Русский текст, ёлка №5", "Ελληνικά άέή", "العربية النص ١٢٣", "עברית טֶקְסְט",
    "हिन्दी में पाठ क्या", "ไทยภาษา", "தமிழ்",
    "বাংলা য়া", "ქართული Ხაა", "Հայերեն", "ⲀⲁꙀꭰ ʔʕ ƻ ǀ", "e\u0301 a\u0302\u0323 \u0301x \u0301\u0302",
    "가 각 \u1100\u1161\u11a8", "Å Ω K ﬁ ﬀ", "naïve café résumé", "ﷺ﷽",
    "😀😃 👍🏽 👨‍👩‍👧‍👦 🇩🇪🇯🇵 ❤️ 1️⃣", "😀word word😀 😀 1😀", "𝒜𝓑 𐐀𐐁 𠀀𠀁", "\x00\x01a\x02 \x7f", "\x1b[31mred\x1b[0m",
    "\ue000\uf8ff \U000f0000", "\u0378\u0379 \U00010fff",
    "<|sys|>hi<|end|>", "<|end|><|end|> <|end|>", "a <|left|> b <|right|>  c", "<|end", "<|end|>>",
    "<｜end▁of｜>x<｜end▁of｜", "[mid]word [mid] amid[mid]", "cafe\u0301<|é|>x",
    "the theme there other THE The", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ababababababab", " " * 70 + "x",
    "\n" * 9, "=" * 30, "-" * 70 + "\n", "ー" * 20,
]
BROKEN = [
    b"\xff", b"a\xc3", b"\xe4\xb8x", b"\xf0\x9f\x98 \xf0\x9f", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80 the",
    b"th\x80e", b"caf\xe9 na\xefve",
]
ADDED = [AddedToken("<|sys|>", special=True), AddedToken("<|end|>", special=True), AddedToken("<|end|>>", special=False),
         AddedToken("<|left|>", lstrip=True, special=True), AddedToken("<|right|>", rstrip=True, special=True),
         AddedToken("<｜end▁of｜>", special=True), AddedToken("[mid]", single_word=True, normalized=False),
         AddedToken("<|é|>", normalized=True)]


def random_lines(count):
    rng = random.Random(5)
    pieces = [" ", "  ", "\n", "\r\n", "\t", "\u3000", "\xa0", "a", "the", "The", "é", "e\u0301", "中", "か", "한", "я", "ب", "न", "ि", "1", "42",
              "½", "٣", "'", "'s", "'LL", ".", "!", "(", "_", "$", "+", "—", "。", "！", "😀", "\u200d", "\u200b", "\x01", "ſ", "<|end|>"]
    return ["".join(rng.choices(pieces, k=rng.randint(2, 14))) for _ in range(count)]


lines = LINES + random_lines(170)
small = Tokenizer(models.BPE())
small.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA), "isolated"),
                                               pre_tokenizers.ByteLevel(False, use_regex=False)])
small.decoder = decoders.ByteLevel()
small.train_from_iterator(LINES * 3, trainers.BpeTrainer(vocab_size=620, show_progress=False,
                                                         initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
small.add_tokens(ADDED)
document = json.loads(small.to_str())
document["model"]["merges"] = [m if isinstance(m, str) else " ".join(m) for m in document["model"]["merges"]]
ids = {}
for name, members in FAMILIES.items():
    peer = Tokenizer.from_str(json.dumps({**document, **members}))
    ids[name] = [peer.encode(t, add_special_tokens=False).ids
                 for t in lines + [b.decode("utf-8", "replace") for b in BROKEN]]
fixture = {"made_with": f"tokenizers {tokenizers.__version__}, tests/golden/make_tokenizers.py", "document": document,
           "families": FAMILIES, "lines": lines, "broken": [b.hex() for b in BROKEN], "ids": ids}
path = FOLDER / "tokenizers.json"
path.write_text(json.dumps(fixture, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
print(f"{path.name}: {path.stat().st_size} bytes, {len(lines) + len(BROKEN)} lines, {len(FAMILIES)} families")
