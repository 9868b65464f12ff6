#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Builds and runs the test suite for other instruction sets than this machine's: plain x86-64, which every 64-bit x86
# runs, or aarch64 with NEON under emulation (by default the rooms that compute). Installs what is missing on Debian.
# Usage: sh tests/portable.sh x86-64|aarch64 [ROOM...]     HADAL_JOBS=N: processes at a time
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

target=${1-}
case $target in
  x86-64 | aarch64) shift ;;
  *) die "usage: sh tests/portable.sh x86-64|aarch64 [ROOM...]" ;;
esac
need_build_tools doctest-dev

build=$PWD/build/$target
mkdir -p "$build"
skip='^$'
if [ "$target" = aarch64 ]; then
  need g++-aarch64-linux-gnu qemu-user
  unset LDFLAGS
  # The system's include folder holds headers of the wrong machine: doctest's are given apart.
  mkdir -p "$build/doctest/include"
  ln -sfn /usr/include/doctest "$build/doctest/include/doctest"
  cat > "$build/doctest/doctestConfig.cmake" << 'end'
set(doctest_VERSION 2.4)
add_library(doctest::doctest INTERFACE IMPORTED)
target_include_directories(doctest::doctest INTERFACE ${CMAKE_CURRENT_LIST_DIR}/include)
end
  echo 'set(PACKAGE_VERSION_COMPATIBLE TRUE)' > "$build/doctest/doctestConfigVersion.cmake"
  flags=-O1
  cross="-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++
    -DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64;-L;/usr/aarch64-linux-gnu -Ddoctest_DIR=$build/doctest -DHADAL_PCRE2=OFF"
  # The emulator cannot fork a process that has threads.
  skip='^(core/parallel|train/resume|train/interrupt)$'
  [ $# -gt 0 ] || set -- core cpu tensor ops tree nn optim models generate
else
  flags='-O1 -march=x86-64'
  cross=
fi

say "building: $target"
# shellcheck disable=SC2086  # one word for each option
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS=$flags" -DHADAL_NATIVE=OFF \
  -DHADAL_BUILD_EXAMPLES=OFF -DHADAL_BUILD_BENCHMARKS=OFF -DHADAL_TEST_STRUCTURE=OFF $cross > "$build/configure.log" ||
  die "configuring failed, see $build/configure.log"
if [ $# = 0 ]; then
  cmake --build "$build" -j "$jobs"
  ctest --test-dir "$build" -j "$jobs" --output-on-failure --no-tests=error -E "$skip"
else
  for room in "$@"; do
    cmake --build "$build" -j "$jobs" --target "hadal_test_$room"
    ctest --test-dir "$build" -j "$jobs" --output-on-failure --no-tests=error -R "^$room/" -E "$skip"
  done
fi
