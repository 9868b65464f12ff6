#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Shows that rules.sh catches each breach: writes a small tree that breaks every rule once and counts the complaints.
set -eu
rules=$(cd "$(dirname "$0")" && pwd)/rules.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
mkdir -p include/hadal/core include/hadal/cpu include/hadal/ops include/hadal/dist include/hadal/attic \
  tests/core tests/cpu tests/ops tests/dist tests/attic examples benchmarks

header() {  # FILE LINES...: a header with licence lines, and its test
  file=$1
  shift
  {
    printf '// hadal - Copyright (c) 2026 the hadal authors\n// SPDX-License-Identifier: MIT\n#pragma once\n\n'
    printf '%s\n' "$@"
  } > "include/hadal/$file"
  touch "tests/${file%.hpp}.cpp"
}

header hadal.hpp '#include <hadal/core/good.hpp>' '#include <hadal/cpu/kernel.hpp>'
header core/good.hpp '#include <vector>' 'int a;'
header cpu/kernel.hpp '#include <Eigen/Core>' '#include <hadal/core/good.hpp>' 'int b;'
sh "$rules" "$tree"

missed=0
expect() {  # PATTERN: the next breach must be reported, and it alone
  if ! out=$(sh "$rules" "$tree") && [ "$(printf '%s\n' "$out" | grep -c .)" = 1 ] && printf '%s' "$out" | grep -q "$1"
  then
    echo "caught: $out"
  else
    echo "NOT caught: $1, got: $out"
    missed=1
  fi
}

header core/good.hpp '#include <hadal/cpu/kernel.hpp>' 'int a;'
expect 'core must not include cpu'
header core/good.hpp '#include <Eigen/Core>' 'int a;'
expect 'only cpu/ includes Eigen'
header core/good.hpp '#include <cuda_runtime.h>' 'int a;'
expect 'only cuda/ includes CUDA'
header core/good.hpp '#include <zlib.h>' 'int a;'
expect 'not a standard header'
header core/good.hpp '#include <hadal/hadal.hpp>' 'int a;'
expect 'no header includes hadal.hpp'
header core/good.hpp '#include "good.hpp"' 'int a;'
expect 'quoted include'
header core/good.hpp 'int a;'
sed -i 1d include/hadal/core/good.hpp
sed -i '1i // another licence' include/hadal/core/good.hpp
expect 'first licence line'
header core/good.hpp 'int a;'
sed -i '3s/.*/#ifndef GUARD/' include/hadal/core/good.hpp
expect '#pragma once'
header core/good.hpp 'int a;'
rm tests/core/good.cpp
expect 'no test tests/core/good.cpp'
header core/good.hpp 'int a;'
header cpu/kernel.hpp 'namespace hadal::cpu {' 'int b;' '}'
expect 'belong in inline namespace HADAL_ISA'
header cpu/kernel.hpp 'namespace hadal::cpu {' 'inline namespace HADAL_ISA {' 'int b;' '}' '}'
echo 'set_threads(2);' > tests/core/good.cpp
expect 'say // labels: tsan'
echo '// labels: tsan' >> tests/core/good.cpp
header core/lost.hpp 'int c;'
expect 'hadal.hpp does not reach'
rm include/hadal/core/lost.hpp
header attic/old.hpp 'int d;'
sed -i '$a #include <hadal/attic/old.hpp>' include/hadal/hadal.hpp
expect 'room attic is not in the table'
sed -i '$d' include/hadal/hadal.hpp
rm include/hadal/attic/old.hpp
header dist/mpi.hpp '#include <mpi.h>' 'int e;'
sed -i '$a #include <hadal/dist/mpi.hpp>' include/hadal/hadal.hpp
expect 'keep it outside hadal.hpp'
sed -i '$d' include/hadal/hadal.hpp
sh "$rules" "$tree"
i=0
while [ $i -le 500 ]; do echo; i=$((i + 1)); done > examples/long.cpp
expect 'over 500 lines'
exit $missed
