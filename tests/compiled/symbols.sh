#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# symbols.sh NM OBJECT OP...: the object refers to each op and holds no copy of it.
set -eu
nm=$1 object=$2
shift 2
for op in "$@"; do
  copies=$("$nm" -C "$object" | grep -E "^[0-9a-f]* +[A-Za-z] .*hadal::$op<float" || true)
  echo "$copies"
  [ -n "$copies" ] || { echo "$op: not used"; exit 1; }
  ! echo "$copies" | grep -qv ' U ' || { echo "$op: instantiated again"; exit 1; }
done
