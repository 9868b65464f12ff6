#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# must_not_compile.sh CASE COMPILER FLAGS...: the case must fail to compile, with a message that matches the extended
# regular expression on its first line, `// error: ...`; with -DHADAL_FIXED it must compile, so that only the line under
# test can be to blame.
set -eu
case=$1
shift
pattern=$(sed -n '1s,^// error: ,,p' "$case")
[ -n "$pattern" ] || { echo "$case: the first line must be // error: REGEX"; exit 1; }
"$@" -fsyntax-only -w -DHADAL_FIXED "$case" || { echo "$case: must compile when HADAL_FIXED is defined"; exit 1; }
if messages=$("$@" -fsyntax-only "$case" 2>&1); then
  echo "$case: compiled, but must not"
  exit 1
fi
if ! printf '%s\n' "$messages" | grep -qE "$pattern"; then
  printf '%s\n' "$messages"
  echo "$case: failed, but not with: $pattern"
  exit 1
fi
echo "refused with: $(printf '%s\n' "$messages" | grep -E -m1 "$pattern")"
