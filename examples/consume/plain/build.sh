#!/bin/sh
# No build system: two include paths and C++20. Usage: build.sh OUTPUT [Eigen's include folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
${CXX:-c++} -std=c++20 -O2 -pthread -I"$here/../../../include" -I"${2:-/usr/include/eigen3}" "$here/../main.cpp" -o "$1"
