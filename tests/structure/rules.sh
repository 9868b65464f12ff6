#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# The rules of the house that a compiler does not check. Usage: rules.sh [root of the tree]
# Prints one line for each breach, `file:line: rule`, and fails if there was any.
#   includes   which room may include which; Eigen only in cpu/, CUDA only in cuda/; no other library but the standard
#   headers    licence lines, #pragma once, no quoted includes; kernels in the namespace of their instruction set
#   budgets    no file over 500 lines
#   tests      every header has a test of the same stem, unless it only includes others; tests with threads say so
#   umbrella   hadal.hpp reaches every header, except those that need another library or a CUDA compiler
set -eu
cd "${1:-$(dirname "$0")/../..}"
export LC_ALL=C

headers=$(find include/hadal -name '*.hpp' -o -name '*.cuh' | sort)
tests=$(find tests -name '*.cpp' | sort)
sources=$(find include examples benchmarks tests -name '*.hpp' -o -name '*.cuh' -o -name '*.cpp' -o -name '*.cu' \
  -o -name '*.sh' -o -name '*.cmake' -o -name 'CMakeLists.txt' | sort)

# shellcheck disable=SC2086  # one word for each file
breaches=$(
  awk '
    # room -> the rooms it may include directly; each also sees what those see.
    BEGIN {
      split("core:|cpu:core|cuda:core|tensor:core cpu cuda|ops:tensor|tree:tensor|dist:tree|nn:ops dist|optim:ops dist|" \
            "io:tree|text:core|data:tensor text|models:nn io|generate:nn text|train:optim io data", rules, "|")
      for (i in rules) { split(rules[i], r, ":"); room[r[1]] = 1; direct[r[1]] = r[2] }
      for (name in room) reach(name, name)
      std_c = "^(unistd|fcntl|sched|pthread|dlfcn|poll|signal|termios|sys/[a-z_]+|immintrin|arm_neon|cpuid)\\.h$"
      outside = "^(mpi|nccl|pcre2)\\.h$"
    }
    function reach(from, at,    list, n, i) {
      sees[from, at] = 1
      n = split(direct[at], list, " ")
      for (i = 1; i <= n; i++) if (!((from, list[i]) in sees)) reach(from, list[i])
    }
    function breach(text) { printf "%s:%d: %s\n", FILENAME, FNR, text }

    FNR == 1 {
      path = FILENAME; sub("^include/", "", path)
      n = split(path, part, "/")
      here = n > 2 ? part[2] : ""
      file[path] = 1
      if (here != "" && here != "compiled" && !(here in room)) breach("room " here " is not in the table of rules.sh")
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ { breach("quoted include: write <hadal/...>") }
    /^[ \t]*#[ \t]*include[ \t]*</ {
      name = $0; sub(/^[^<]*</, "", name); sub(/>.*$/, "", name)
      if (name ~ /^hadal\//) {
        edge[path] = edge[path] " " name
        split(name, to, "/")
        there = name ~ /^hadal\/.*\// ? to[2] : ""
        if (name == "hadal/hadal.hpp" && here != "compiled") breach("no header includes hadal.hpp")
        if (path == "hadal/fwd.hpp" && there != "core") breach("fwd.hpp includes core/ alone")
        if (there == "" || there == "compiled" || here == "" || here == "compiled") next
        if (there == "cuda" && here == "cpu" || there == "cpu" && here == "cuda") breach(here " must not see " there)
        else if (here == "train" && name == "hadal/models/concepts.hpp") next
        else if (!((here, there) in sees)) breach(here " must not include " there ": " name)
      } else if (name ~ /^(unsupported\/)?Eigen\//) {
        if (here != "cpu") breach("only cpu/ includes Eigen")
      } else if (name ~ /^(cuda|cub\/|thrust\/|cublas|mma\.h|cooperative_groups)/) {
        if (here != "cuda") breach("only cuda/ includes CUDA headers")
      } else if (name ~ outside) {
        apart[path] = 1
        if (here != "dist" && here != "text") breach("only dist/ and text/ include " name)
      } else if (name ~ /[.\/]/ && name !~ std_c) breach("not a standard header: " name)
      next
    }
    END {
      # What hadal.hpp reaches.
      queue[1] = "hadal/hadal.hpp"; seen[queue[1]] = 1; last = 1
      for (at = 1; at <= last; at++) {
        n = split(edge[queue[at]], list, " ")
        for (i = 1; i <= n; i++) if (!(list[i] in seen)) { seen[list[i]] = 1; queue[++last] = list[i] }
      }
      for (path in file) {
        if (path in apart && path in seen) printf "include/%s:1: needs another library: keep it outside hadal.hpp\n", path
        if (!(path in apart) && !(path in seen) && path !~ /\.cuh$/ && path !~ /^hadal\/(compiled|cuda)\//)
          printf "include/%s:1: hadal.hpp does not reach this header\n", path
      }
    }' $headers | sort

  awk '
    FNR == 1 && $0 != "// hadal - Copyright (c) 2026 the hadal authors" { print FILENAME ":1: first licence line" }
    FNR == 2 && $0 != "// SPDX-License-Identifier: MIT" { print FILENAME ":2: second licence line" }
    FNR == 3 && $0 != "#pragma once" { print FILENAME ":3: #pragma once" }
  ' $headers

  grep -lE '^namespace hadal::cpu' $headers /dev/null | xargs -r grep -LE '^inline namespace HADAL_ISA' |
    sed 's,$,:1: kernels belong in inline namespace HADAL_ISA,'

  grep -lE 'set_threads\(|std::j?thread|set_executor\(' $tests /dev/null | xargs -r grep -LE '^// labels:.* tsan' |
    sed 's,$,:1: runs in parallel: say // labels: tsan,'

  awk 'FNR == 501 { print FILENAME ":501: over 500 lines: split it" }' $sources

  for header in $headers; do
    stem=${header#include/hadal/}
    stem=${stem%.*}
    # A header that only includes others, and says so in comments, needs no test.
    if grep -qvE '^(//.*|#pragma once|#include <.*>|#if.*|#else|#endif)?$' "$header" && [ ! -f "tests/$stem.cpp" ]; then
      case $header in *.cuh) [ -f "tests/$stem.cu" ] && continue ;; esac
      echo "$header:1: no test tests/$stem.cpp"
    fi
  done
)

if [ -n "$breaches" ]; then
  echo "$breaches"
  exit 1
fi
echo "rules hold in $(echo "$headers" | wc -l) headers"
