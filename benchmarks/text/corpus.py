# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Lines of many kinds to try tokenizers on: what a Debian machine has in its files, and generated ones.

Usage: corpus.py FILE [LINES OF EACH KIND]. Writes records, a 32-bit length and as many bytes, and beside the file its
summary. Lines are different from each other; those of the kind `invalid` are not UTF-8.
"""
import gettext
import json
import pathlib
import random
import struct
import sys
import unicodedata

LANGUAGES = {"chinese": ("zh_CN", "zh_TW", "zh_HK"), "korean": ("ko",), "russian": ("ru", "uk", "be"),
             "arabic": ("ar", "fa", "ug"), "hindi": ("hi", "mr", "bn", "ta", "te", "kn", "ml", "gu", "pa", "ne"),
             "japanese": ("ja",), "others": ("de", "fr", "vi", "th", "el", "he", "tr", "pl", "ka", "hy", "am", "km")}
SPACES = [" "] * 6 + ["\n", "\t", "\r\n", "\r", "\u3000", "\xa0", "\u2003", "\x0b", "\x0c", "\x85", "\u2028", "\u200b"]
SPECIALS = ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<think>", "</think>",
            "<|EOT|>", "<｜tool▁sep｜>", "<｜place▁holder▁no▁7｜>", "<｜place▁holder▁no▁77｜>", "<|endoftext|>",
            "<|im_start|>"]


def files(patterns, rng):
    found = [p for root, pattern in patterns for p in pathlib.Path(root).rglob(pattern) if p.is_file()]
    rng.shuffle(found)
    for path in found:
        try:
            yield from path.read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            pass


def messages(languages, rng):
    found = [p for code in languages for p in pathlib.Path("/usr/share/locale").glob(f"{code}/LC_MESSAGES/*.mo")]
    rng.shuffle(found)
    for path in found:
        try:
            with path.open("rb") as f:
                catalog = gettext.GNUTranslations(f)._catalog
        except (OSError, UnicodeDecodeError, ValueError):
            continue
        yield from (text for key, text in catalog.items() if key and isinstance(text, str))


def emoji(rng):
    bases = [chr(c) for a, b in ((0x1F300, 0x1F650), (0x1F680, 0x1F700), (0x1F900, 0x1FA00), (0x2600, 0x27C0))
             for c in range(a, b)]
    while True:
        parts = []
        for _ in range(rng.randint(1, 12)):
            e = rng.choice(bases)
            e += rng.choice(["", "", "\ufe0f", chr(0x1F3FB + rng.randint(0, 4)), "\u200d" + rng.choice(bases),
                             "\u20e3"])
            parts.append(e + rng.choice(["", " ", " ok", "!", "\n", chr(0x1F1E6 + rng.randint(0, 25)) * 2]))
        yield "".join(parts)


def spaces(rng):
    words = ["a", "if", "return", "12", "x1", "(", ");", "é", "字", "don't", "'S", "'ſ", "#include", "</div>", "1234567"]
    while True:
        yield "".join(rng.choice(words) * rng.randint(0, 1) + "".join(rng.choices(SPACES, k=rng.randint(0, 9)))
                      for _ in range(rng.randint(1, 10)))


def unicode(rng):
    """Any code points, mostly of one or two blocks a line, assigned or not."""
    blocks = [b for b in range(0, 0x110000, 128) if not 0xD800 <= b < 0xE000]
    assigned = [b for b in blocks if any(unicodedata.category(chr(c)) not in ("Cn", "Co") for c in range(b, b + 128))]
    while True:
        some = rng.choices(assigned, k=2) + rng.choices(blocks, k=1) + [0]
        yield "".join(chr(rng.choices(some, weights=(6, 3, 1, 2))[0] + rng.randrange(128))
                      for _ in range(rng.randint(1, 40)))


def mixed(rng, pool):
    while True:
        parts = []
        for _ in range(rng.randint(2, 6)):
            line = rng.choice(pool)
            start = rng.randrange(len(line))
            parts.append(line[start:start + rng.randint(1, 20)])
            parts.append(rng.choice(["", " ", str(rng.randint(0, 10**rng.randint(1, 12))), "\n\n", *SPECIALS]))
        yield "".join(parts)


def invalid(rng, pool):
    while True:
        raw = bytearray(rng.choice(pool).encode())
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(raw))
            change = rng.randrange(4)
            if change == 0:
                raw[at] = rng.randrange(256)
            elif change == 1:
                del raw[at]
            elif change == 2:
                raw[at:at] = rng.choice([b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82",
                                         b"\xf0\x9f"])
            else:
                raw = raw[:max(1, at)]
            if not raw:
                raw = bytearray(b"\x80")
        try:
            bytes(raw).decode()
        except UnicodeDecodeError:
            yield bytes(raw)


def main(path, each):
    rng = random.Random(20260601)
    seen, lines, summary = set(), [], {}

    def take(kind, source, count=each):
        some = []
        for line in source:
            raw = line if isinstance(line, bytes) else line.encode("utf-8", "replace")
            if raw and len(raw) < 4000 and raw not in seen:
                seen.add(raw)
                some.append(raw)
                if len(some) == count:
                    break
        summary[kind] = len(some)
        lines.extend(some)

    docs = [("/usr/share/doc", "*.txt"), ("/usr/share/doc", "copyright"), ("/usr/share/doc", "README*"),
            ("/usr/share/perl5", "*.pod"), ("/usr/share/doc", "*.html")]
    take("english", files(docs, rng))
    for kind, languages in LANGUAGES.items():
        take(kind, messages(languages, rng))
    poems = [pathlib.Path(p) for p in sys.argv[3:]]
    take("chinese files", (line for p in poems for line in p.read_text("utf-8", "replace").split("\n")))
    code = [("/usr/include", "*.h"), ("/usr/include", "*.hpp"), ("/usr/lib/python3", "*.py"), ("/usr/share", "*.js"),
            ("/usr/share", "*.pas"), ("/usr/share", "*.sh"), ("/usr/share", "*.xml"), ("/usr/lib/python3.11", "*.py")]
    take("code", files(code, rng), 2 * each)
    pool = [line.decode() for line in lines]
    take("white space", spaces(rng), each // 2)
    take("emoji", emoji(rng), each // 2)
    take("any Unicode", unicode(rng))
    take("mixed, special pieces", mixed(rng, pool), each // 2)
    take("invalid", invalid(rng, pool), each // 2)
    rng.shuffle(lines)
    with open(path, "wb") as f:
        for raw in lines:
            f.write(struct.pack("<I", len(raw)) + raw)
    summary["all"] = len(lines)
    summary["bytes"] = sum(map(len, lines))
    pathlib.Path(path + ".summary").write_text(json.dumps(summary) + "\n")
    print(json.dumps(summary))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20000)
