#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Trains a small DeepSeek-style model on six novels of Jane Austen and lets it write. Installs what is missing on Debian,
# builds in release mode, fetches the text from a Debian package; a second run reuses what exists, Ctrl-C saves.
# Usage: sh examples/demo.sh [--help] [OPTIONS]
set -eu
here=$PWD
cd "$(dirname "$0")/.."
. tests/setup.sh

need_build_tools zlib1g-dev xz-utils
say "building"
log=$(mktemp)
{ cmake --preset release -DHADAL_BUILD_TESTS=OFF -DHADAL_BUILD_BENCHMARKS=OFF -B build/examples &&
    cmake --build build/examples -j "$jobs" --target example_demo example_prepare_text; } > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
rm -f "$log"
program=$PWD/build/examples/examples/demo
own_text=
for word in "$@"; do
  case $word in
    --help) exec "$program" --help ;;
    --text) own_text=yes ;;
  esac
done
if [ -z "$own_text" ]; then
  sh examples/data/austen.sh "$PWD/data/austen" "$PWD/build/examples/examples/prepare_text"
  set -- --text "$PWD/data/austen/austen.txt" "$@"
fi
cd "$here"
exec "$program" "$@"
