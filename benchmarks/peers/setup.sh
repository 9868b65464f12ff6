# shellcheck shell=sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Peers that are not Debian packages. `find_peer NAME` brings one and tells the benchmarks where it is, or says why the
# run goes on without it. Sourced after tests/setup.sh, from the repository's folder.

peer_folder=$PWD/build/benchmarks

# HADAL_PEER_PYTHON: an interpreter that imports the newest PyTorch; without it, a virtual environment with what pip
# installs.
find_pytorch() {
  if [ -z "${HADAL_PEER_PYTHON-}" ]; then
    python=$peer_folder/python
    need python3-venv
    [ -x "$python/bin/python" ] || python3 -m venv "$python" > /dev/null
    if ! "$python/bin/python" -c 'import torch' 2> /dev/null; then
      say "installing the newest PyTorch into ${python#"$PWD/"}"
      "$python/bin/pip" install -q torch numpy > "$peer_folder/pip.log" 2>&1 || {
        say "skipped: the newest PyTorch: pip says: $(tail -n 1 "$peer_folder/pip.log")"
        return
      }
    fi
    HADAL_PEER_PYTHON=$python/bin/python
  fi
  if reason=$("$HADAL_PEER_PYTHON" -c 'import numpy, torch' 2>&1); then
    export HADAL_PEER_PYTHON
  else
    say "skipped: the newest PyTorch: $HADAL_PEER_PYTHON: $(echo "$reason" | tail -n 1)"
    unset HADAL_PEER_PYTHON
  fi
}

# HADAL_LLM_C: a folder with llm.c's sources; without it, a clone of them. Built with the flags of its own Makefile into
# the program HADAL_PEER_LLM_C, around the driver benchmarks/models/llm_c.c.
find_llm_c() {
  sources=${HADAL_LLM_C:-$peer_folder/llm.c}
  log=$peer_folder/llm_c.log
  mkdir -p "$peer_folder"
  if [ ! -f "$sources/train_gpt2.c" ]; then
    git clone -q --depth 1 https://github.com/karpathy/llm.c "$sources" > "$log" 2>&1 || {
      say "skipped: llm.c: $(tail -n 1 "$log")"
      return
    }
  fi
  HADAL_PEER_LLM_C=$peer_folder/llm_c
  "${CC:-cc}" -Ofast -w -march=native -fopenmp -DOMP -I"$sources" benchmarks/models/llm_c.c \
    -o "$HADAL_PEER_LLM_C" -lm -lgomp > "$log" 2>&1 || {
      say "skipped: llm.c: its sources do not compile: $(grep -m 1 error "$log")"
      unset HADAL_PEER_LLM_C
      return
    }
  export HADAL_PEER_LLM_C
}

# OPENBLAS_CORETYPE: the kernels with which OpenBLAS is fastest here, for Debian's PyTorch, which multiplies with it. Left
# to itself, it takes slow ones on processors newer than it is.
find_openblas() {
  unset OPENBLAS_CORETYPE
  best=$(for core in "" SkylakeX Zen Haswell Nehalem ARMV8; do
    OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=$core /usr/bin/python3 - 2> /dev/null << 'END' || true
import os, time, numpy
a = numpy.ones((512, 512), numpy.float32)
def seconds():
    begin = time.perf_counter()
    a @ a
    return time.perf_counter() - begin
print(min(seconds() for _ in range(20)), os.environ["OPENBLAS_CORETYPE"] or "unset")
END
  done | sort -g | head -n 1 | cut -d ' ' -f 2)
  [ -z "$best" ] || [ "$best" = unset ] || export OPENBLAS_CORETYPE="$best"
}

find_peer() {
  case $1 in
    openblas) find_openblas ;;
    pytorch) find_pytorch ;;
    llm.c) find_llm_c ;;
    *) die "find_peer: no peer is named $1" ;;
  esac
}
