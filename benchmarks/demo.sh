#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# What the demo reaches: bits per byte of the held-out text and expert load after its default run with three seeds, and
# after the same run without balancing. Runs that are in runs/demo-* already are read, not repeated.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

# run NAME OPTIONS...: the demo's whole run in runs/demo-NAME.
run() {
  name=$1
  shift
  [ -f "runs/demo-$name/summary.json" ] || sh examples/demo.sh --out "$PWD/runs/demo-$name" --twin-steps 0 "$@" >&2
}
run 1
run 2 --seed 2
run 3 --seed 3
run unbalanced --gamma 0

# value KEY NAME: a number of a run's summary.
value() { sed -n "s/^ *\"$1\": *\([0-9.e+-]*\),*$/\1/p" "runs/demo-$2/summary.json"; }

# row CASE UNIT PEER PEER_NAME SIGN VALUES...: the median and spread of some values beside a bar or a peer. SIGN 1: more
# is better, -1: less is.
row() {
  case=$1 unit=$2 peer=$3 peer_name=$4 sign=$5
  shift 5
  printf '%s\n' "$@" | sort -g | awk -v name="$case" -v unit="$unit" -v peer="$peer" -v peer_name="$peer_name" \
    -v sign="$sign" -v threads="$(nproc)" -v rows="${HADAL_BENCH_ROWS:-/dev/null}" '
    { v[NR] = $1 }
    END {
      mine = v[int((NR + 1) / 2)]
      ratio = sign > 0 ? mine / peer : peer / mine
      printf "%-44s %12.4f  %s: %.4f  spread %.4f  (%d runs)\n", name, mine, peer_name, peer, v[NR] - v[1], NR
      printf "{\"case\": \"%s\", \"threads\": %d, \"unit\": \"%s\", \"ours\": %.6g, \"peer\": %.6g, " \
             "\"peer_name\": \"%s\", \"ratio\": %.4g, \"spread\": %.4g}\n", \
             name, threads, unit, mine, peer, peer_name, ratio, (v[NR] - v[1]) / mine >> rows
    }'
}

# each KEY: a number of all three seeds.
each() { for seed in 1 2 3; do value "$1" "$seed"; done; }

# shellcheck disable=SC2046  # one word for each value
{
  row 'held-out text, three seeds' 'bits/byte' "$(value xz_bits_per_byte 1)" 'xz -9e' -1 $(each held_out_bits_per_byte)
  row 'held-out text, balanced' 'bits/byte' "$(value held_out_bits_per_byte unbalanced)" 'without balancing' -1 \
    "$(value held_out_bits_per_byte 1)"
  row 'MaxVio over the layers, three seeds' 'share' "$(value maxvio unbalanced)" 'without balancing' -1 $(each maxvio)
  row 'MaxVio of the worst layer, three seeds' 'share' "$(value maxvio_worst_layer unbalanced)" 'without balancing' -1 \
    $(each maxvio_worst_layer)
}
