# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Compares hadal's token ids and speed with the `tokenizers` package's, on one core.

Usage: peer.py PROGRAM FOLDER LINES [NAME [ROUNDS]]. PROGRAM: benchmarks/text/tokenizer.cpp, built. FOLDER: holds tokenizer.json.
LINES: what corpus.py wrote. The peer's time is the better of encoding line by line and of encode_batch; both sides run
in turn, three times or as often as said. Fails when any line's ids differ, or a line is not given back by decoding
though the tokenizer does not normalize it.
"""
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
import tokenizers  # noqa: E402  after the settings


def records(path, item):
    data = open(path, "rb").read()
    i = 0
    while i < len(data):
        (n,) = struct.unpack_from("<I", data, i)
        i += 4
        yield data[i:i + n * item]
        i += n * item


def seconds(f):
    start = time.perf_counter()
    result = f()
    return time.perf_counter() - start, result


def main(program, folder, lines_path, name=None, rounds=3):
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    raw = list(records(lines_path, 1))
    lines = [r.decode("utf-8", "replace") for r in raw]
    broken = sum(line.encode() != r for line, r in zip(lines, raw))
    peer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    single, batch, ours = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        out = os.path.join(scratch, "ids")
        for _ in range(int(rounds)):
            run = subprocess.run([program, folder, lines_path, out], check=True, stdout=subprocess.PIPE)
            result = json.loads(run.stdout)
            ours.append(result["encode"])
            t, expected = seconds(lambda: [peer.encode(line, add_special_tokens=False) for line in lines])
            single.append(t)
            t, _ = seconds(lambda: peer.encode_batch(lines, add_special_tokens=False))
            batch.append(t)
        ids = [list(struct.unpack(f"<{len(r) // 4}i", r)) for r in records(out, 4)]
    differ = [k for k in range(len(lines)) if ids[k] != expected[k].ids]
    for k in differ[:10]:
        print("differs:", repr(lines[k])[:300], "\n  ours", ids[k][:60], "\n  peer", expected[k].ids[:60])
    ours, theirs = statistics.median(ours), min(statistics.median(single), statistics.median(batch))
    size = sum(map(len, raw))
    print(f"{name or folder}: {len(lines)} lines, {size / 1e6:.1f} MB, {sum(map(len, ids))} ids, {len(differ)} lines "
          f"differ, {result['lines_not_given_back'] - broken} not given back; hadal {size / ours / 1e6:.1f} MB/s, "
          f"tokenizers {tokenizers.__version__} {size / theirs / 1e6:.2f} MB/s (line by line "
          f"{statistics.median(single):.2f} s, batch {statistics.median(batch):.2f} s), ratio {theirs / ours:.1f}; "
          f"load {result['load']:.2f} s")
    rows = os.environ.get("HADAL_BENCH_ROWS")
    if rows:
        row = {"case": f"encode, {name or folder}", "threads": 1, "unit": "MB/s", "ours": size / ours / 1e6,
               "peer": size / theirs / 1e6, "peer_name": f"tokenizers {tokenizers.__version__}", "ratio": theirs / ours,
               "spread": 0.0, "lines": len(lines), "lines_differing": len(differ)}
        with open(rows, "a") as f:
            f.write(json.dumps(row) + "\n")
    normalizes = any(peer.normalizer.normalize_str(line) != line for line in lines) if peer.normalizer else False
    return bool(differ) or (result["lines_not_given_back"] != broken and not normalizes)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
