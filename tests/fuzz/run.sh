#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Fuzzes the readers of files with libFuzzer, under the address and undefined behaviour sanitizers, each target for so
# many seconds. What it learns is kept in build/fuzz/corpus/<target>/ for the next time; an input that breaks a target
# is left in build/fuzz/ and ends the run. Installs clang on Debian; CXX names another clang++.
# Usage: sh tests/fuzz/run.sh SECONDS [TARGET...]
set -eu
cd "$(dirname "$0")/../.."
. tests/setup.sh

[ $# -gt 0 ] || die "usage: sh tests/fuzz/run.sh SECONDS [TARGET...]"
seconds=$1
shift
if [ -z "${CXX-}" ]; then
  need clang libclang-rt-dev libeigen3-dev
  CXX=clang++
fi
if [ $# = 0 ]; then
  for source in tests/fuzz/*.cpp; do
    name=$(basename "$source" .cpp)
    [ "$name" = replay ] || set -- "$@" "$name"
  done
fi
mkdir -p build/fuzz
for name in "$@"; do
  [ -f "tests/fuzz/$name.cpp" ] || die "there is no target $name"
  say "$name: building"
  "$CXX" -std=c++20 -O1 -g -march=native -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iinclude \
    -isystem /usr/include/eigen3 "tests/fuzz/$name.cpp" -o "build/fuzz/$name"
  mkdir -p "build/fuzz/corpus/$name"
  say "$name: fuzzing for $seconds s"
  log=build/fuzz/$name.log
  if ! "build/fuzz/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -dict=tests/fuzz/json.dict -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" \
      "tests/fuzz/corpus/$name" > "$log" 2>&1; then
    tail -n 60 "$log"
    die "$name: broken; the input lies in build/fuzz/"
  fi
  grep -E 'stat::number_of_executed_units|stat::average_exec|cov:' "$log" | tail -n 3
done
