#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Runs benchmarks and writes benchmarks/results/<part>.json for each part. Without a part, runs all of them.
# A part is benchmarks/<part>.cpp, or all programs of benchmarks/<part>/; when benchmarks/<part>.sh or
# benchmarks/<part>/run.sh exists, that script runs the part instead. Everything a part runs adds its rows, one JSON
# object a line, to the file named by HADAL_BENCH_ROWS. A program's comment line `// packages: libopenblas-dev` names
# the Debian packages it needs, `// optional packages: python3-torch` those of peers that it can go without, and
# `// peers: pytorch llm.c` other peers, which peers/setup.sh finds.
# Usage: sh benchmarks/run.sh [PART...]
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
. benchmarks/peers/setup.sh

parts() {
  for path in benchmarks/*; do
    part=$(basename "$path")
    case $part in
      run.sh | results) ;;
      *.cpp) echo "${part%.cpp}" ;;
      *.sh) echo "${part%.sh}" ;;
      *) [ ! -d "$path" ] || echo "$part" ;;
    esac
  done | sort -u
}

# build PROGRAM...: builds benchmark programs in release mode.
build() {
  log=$(mktemp)
  {
    cmake --preset release -DHADAL_BUILD_TESTS=OFF -DHADAL_BUILD_EXAMPLES=OFF -DHADAL_BUILD_BENCHMARKS=ON \
      -B build/benchmarks && cmake --build build/benchmarks -j "$jobs" --target "$@"
  } > "$log" 2>&1 || { cat "$log" >&2; die "building $* failed"; }
  rm -f "$log"
}

run_part() {
  part=$1
  for script in "benchmarks/$part.sh" "benchmarks/$part/run.sh"; do
    if [ -f "$script" ]; then
      sh "$script"
      return
    fi
  done
  for source in "benchmarks/$part.cpp" "benchmarks/$part"/*.cpp; do
    [ -f "$source" ] || continue
    # shellcheck disable=SC2046  # one word for each package
    need $(sed -n 's,^// packages: ,,p' "$source")
    optional=$(sed -n 's,^// optional packages: ,,p' "$source")
    # shellcheck disable=SC2086  # one word for each package
    [ -z "$optional" ] || (need $optional) || say "going on without $optional"
    for peer in $(sed -n 's,^// peers: ,,p' "$source"); do find_peer "$peer"; done
    name=${source#benchmarks/}
    name=benchmark_$(echo "${name%.cpp}" | tr / _)
    build "$name"
    "build/benchmarks/benchmarks/$name"
  done
}

# shellcheck disable=SC2119  # nothing beyond them
need_build_tools
# shellcheck disable=SC2046  # one word for each part
[ $# -gt 0 ] || set -- $(parts)
mkdir -p benchmarks/results
isa=$(grep -ow -m 1 -e avx512f -e avx2 /proc/cpuinfo | tail -n 1)
machine="$(sed -n '/^model name/{s/^[^:]*: *//p;q}' /proc/cpuinfo), $(nproc) cores${isa:+, $isa}"
for part in "$@"; do
  parts | grep -qxe "$part" || die "there is no part named $part; there are: $(parts | tr '\n' ' ')"
  say "benchmark: $part ($machine)"
  HADAL_BENCH_ROWS=$PWD/benchmarks/results/$part.rows
  export HADAL_BENCH_ROWS
  : > "$HADAL_BENCH_ROWS"
  run_part "$part"
  {
    printf '{"machine": "%s", "date": "%s", "rows": [\n' "$machine" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    sed '$!s/$/,/; s/^/  /' "$HADAL_BENCH_ROWS"
    printf ']}\n'
  } > "benchmarks/results/$part.json"
  rm -f "$HADAL_BENCH_ROWS"
  say "wrote benchmarks/results/$part.json"
done
