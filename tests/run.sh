#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Builds and runs every test through ctest: the suite as users compile it, the whole suite again under the address and
# undefined behaviour sanitizers, and the tests that run in parallel under the thread sanitizer.
# Installs what is missing on Debian. Usage: sh tests/run.sh [dev] [asan] [tsan]     HADAL_JOBS=N: processes at a time
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

for build in "$@"; do
  case $build in
    dev | asan | tsan) ;;
    *) die "usage: sh tests/run.sh [dev] [asan] [tsan]" ;;
  esac
done
[ $# -gt 0 ] || set -- dev asan tsan

begin=$(date +%s)
elapsed() {
  seconds=$(($(date +%s) - begin))
  printf '%d:%02d' $((seconds / 60)) $((seconds % 60))
}

need_build_tools doctest-dev libpcre2-dev zlib1g-dev xz-utils

mkdir -p build/all
: > build/all/CTestTestfile.cmake
for build in "$@"; do
  say "$(elapsed) building: $build"
  log=build/all/$build.log
  cmake --preset "$build" > "$log" 2>&1 || { cat "$log" >&2; die "$(elapsed) configuring $build failed"; }
  cmake --build "build/$build" -j "$jobs" || die "$(elapsed) building $build failed"
  echo "subdirs(\"$PWD/build/$build\")" >> build/all/CTestTestfile.cmake
done

say "$(elapsed) testing: $*"
status=0
ctest --test-dir build/all -j "$jobs" --output-on-failure --no-tests=error || status=$?
say "$(elapsed) done"
exit $status
