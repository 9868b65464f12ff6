#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Runs compare.py. Usage: compare.sh PYTHON PROGRAM
if ! command -v "$1" > /dev/null; then
  echo "skipped: there is no $1"
  exit 77
fi
exec "$1" "$(dirname "$0")/compare.py" "$2"
