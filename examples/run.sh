#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Builds an example when needed, in release mode, and runs it where you stand. Without a name, lists them.
# Usage: sh examples/run.sh [NAME [ARGUMENTS...]]
set -eu
here=$PWD
cd "$(dirname "$0")/.."
. tests/setup.sh

# The source that describes the example: examples/NAME.cpp, or the one of examples/NAME/ that has main.
source_of() {
  if [ -f "examples/$1.cpp" ]; then
    echo "examples/$1.cpp"
  elif [ "$1" != consume ] && [ -d "examples/$1" ]; then
    grep -lE '^int main\(' "examples/$1"/*.cpp 2> /dev/null | head -n 1
  fi
}

# Its first comment line after the licence.
describe() { sed -n '/^\/\/ hadal - Copyright/d; /SPDX-License/d; s,^// *\(.\),\1,; t found; b; :found; p; q' "$1"; }

if [ $# = 0 ]; then
  echo "usage: sh examples/run.sh NAME [ARGUMENTS...]"
  for path in examples/*; do
    name=$(basename "$path" .cpp)
    source=$(source_of "$name")
    [ -z "$source" ] || printf '  %-18s %s\n' "$name" "$(describe "$source")"
  done
  exit 0
fi

name=$1
shift
[ -n "$(source_of "$name")" ] || die "there is no example named $name; sh examples/run.sh lists them"
# shellcheck disable=SC2119  # nothing beyond them
need_build_tools
log=$(mktemp)
{ cmake --preset release -DHADAL_BUILD_TESTS=OFF -DHADAL_BUILD_BENCHMARKS=OFF -B build/examples &&
    cmake --build build/examples -j "$jobs" --target "example_$name"; } > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
rm -f "$log"
program=$PWD/build/examples/examples/$name
cd "$here"
exec "$program" "$@"
