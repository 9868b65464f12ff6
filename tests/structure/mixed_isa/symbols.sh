#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# symbols.sh NM OBJDUMP PLAIN NATIVE: two objects of the same source, compiled without inlining for two instruction
# sets. When both are linked, the linker keeps one copy of each symbol they share, so no shared symbol may be a kernel
# or call one: the other object would run kernels of the wrong instruction set, slowly or not at all.
set -eu
export LC_ALL=C
nm=$1 objdump=$2 plain=$3 native=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
weak() { "$nm" --defined-only "$1" | awk '$2 ~ /^[WVu]$/ { print $3 }' | sort; }

weak "$plain" > "$work/plain"
weak "$native" > "$work/native"
comm -12 "$work/plain" "$work/native" > "$work/shared"
comm -13 "$work/plain" "$work/native" | grep 5hadal3cpu > "$work/kernels" || true
echo "$(wc -l < "$work/kernels") symbols of the instruction set, $(wc -l < "$work/shared") shared"
[ -s "$work/kernels" ] || { echo "the object holds no kernel"; exit 1; }

{
  sed -n '/5hadal3cpu/s/$/ is a kernel, but shared/p' "$work/shared"
  # A shared function in a section of its own, with a relocation to a symbol of the instruction set.
  "$objdump" -r "$native" | awk -v shared="$work/shared" -v kernels="$work/kernels" '
    BEGIN {
      while ((getline line < shared) > 0) is_shared[line] = 1
      while ((getline line < kernels) > 0) is_kernel[line] = 1
    }
    /^RELOCATION RECORDS FOR/ { in_function = $4; sub(/^\[\.text\./, "", in_function); sub(/\]:$/, "", in_function) }
    NF == 3 && in_function in is_shared {
      to = $3
      sub(/[-+]0x[0-9a-f]+$/, "", to)
      if (to in is_kernel && !((in_function, to) in told)) { told[in_function, to] = 1; print in_function " is shared, but calls " to }
    }'
} > "$work/breaches"
if [ -s "$work/breaches" ]; then
  c++filt < "$work/breaches" | head -n 40
  exit 1
fi
