#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Brings every peer that benchmarks compare with and tells which version was found, or why there is none.
set -eu
cd "$(dirname "$0")/../.."
. tests/setup.sh
. benchmarks/peers/setup.sh

rows=${HADAL_BENCH_ROWS:-/dev/null}
printf '%-28s %s\n' peer version
row() {
  printf '%-28s %s\n' "$1" "$2"
  printf '{"peer": "%s", "version": "%s"}\n' "$1" "$2" >> "$rows"
}

# debian NAME PACKAGE
debian() {
  if (need "$2") > /dev/null 2>&1; then row "$1" "$(dpkg-query -W -f='${Version}' "$2")"
  else row "$1" "skipped: $2 could not be installed"
  fi
}
debian OpenBLAS libopenblas-dev
debian BLIS libblis-dev
debian oneDNN libdnnl-dev
debian "PyTorch of Debian" python3-torch

find_peer pytorch
if [ -n "${HADAL_PEER_PYTHON-}" ]; then
  row "PyTorch, newest" "$("$HADAL_PEER_PYTHON" -c 'import torch; print(torch.__version__)')"
else row "PyTorch, newest" "skipped: $(tail -n 1 "$peer_folder/pip.log" 2> /dev/null | tr -d '"\\')"
fi
find_peer llm.c
if [ -n "${HADAL_PEER_LLM_C-}" ]; then
  row llm.c "$(git -C "$sources" rev-parse --short HEAD 2> /dev/null || echo "sources in a folder")"
else row llm.c "skipped: $(tail -n 1 "$log" | tr -d '"\\')"
fi
