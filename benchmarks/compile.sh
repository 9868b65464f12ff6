#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# What including hadal costs its users: CPU seconds (user and system) of the compiler, as ratios to those of
# `#include <Eigen/Core>` in the same run, beside the budget of each case. Median of three interleaved repeats.
# Set CXX to measure another compiler.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
eigen=$(pkg-config --variable=includedir eigen3 2> /dev/null || true)
eigen=${eigen:-/usr/include}/eigen3
compiler=${CXX:-g++}

# add NAME BUDGET SOURCE [FLAGS]: one case to measure.
cases=
add() {
  cases="$cases $1"
  echo "$2" > "$work/$1.budget"
  echo "$3" > "$work/$1.name"
  echo "${4-}" > "$work/$1.flags"
}

echo '#include <Eigen/Core>' > "$work/eigen.cpp"
add eigen 1 'include Eigen/Core'
echo '#include <hadal/fwd.hpp>' > "$work/fwd.cpp"
add fwd 0.12 'include hadal/fwd.hpp'
echo '#include <hadal/core/core.hpp>' > "$work/core.cpp"
add core 0.75 'include hadal/core/core.hpp'
# A file that trains one model, with the headers it needs; and the program of the README, which includes everything.
cat > "$work/train.cpp" << 'end'
#include <hadal/models/deepseek/model.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/train/step.hpp>
#ifdef HADAL_COMPILED
#include <hadal/compiled/models.hpp>
#endif
double train(const hadal::DeepSeekConfig& config, const hadal::Tensor<std::int32_t>& window) {
  auto model = hadal::DeepSeek<>::make(config, hadal::Key{1});
  hadal::trainable(model);
  hadal::Optimizer optimizer = hadal::make_optimizer(model, hadal::muon_groups());
  return hadal::train_step(model, optimizer, {.lr = 1e-2}, [&](int) { return model.loss(window).total; }).loss;
}
end
awk '/^```cpp$/ { on = 1; next } /^```$/ { if (on) exit } on' README.md > "$work/readme.cpp"
[ -s "$work/readme.cpp" ] || die "README.md holds no program"
cp "$work/train.cpp" "$work/train_compiled.cpp"
cp "$work/readme.cpp" "$work/readme_compiled.cpp"
add train 10 'train one model, header-only'
add train_compiled 2 'train one model, hadal::compiled' -DHADAL_COMPILED
add readme 10 "README's program, header-only"
add readme_compiled 2 "README's program, hadal::compiled" -DHADAL_COMPILED

for _ in 1 2 3; do
  for case in $cases; do
    times > "$work/before"
    # shellcheck disable=SC2046  # one word for each flag
    "$compiler" -std=c++20 -O2 -Iinclude -isystem "$eigen" $(cat "$work/$case.flags") \
      -c "$work/$case.cpp" -o "$work/object.o" || die "$(cat "$work/$case.name"): does not compile"
    times > "$work/after"
    # The second line is the children's user and system time, as 1m2.5s 0m0.3s.
    cat "$work/before" "$work/after" | awk '
      function seconds(t) { split(t, p, /[ms]/); return 60 * p[1] + p[2] }
      NR == 2 { begin = seconds($1) + seconds($2) }
      NR == 4 { print seconds($1) + seconds($2) - begin }' >> "$work/$case.seconds"
  done
done

printf '%-36s %8s %8s %8s %8s %7s\n' case seconds ratio budget margin spread
for case in $cases; do
  paste "$work/$case.seconds" "$work/eigen.seconds" | awk -v name="$(cat "$work/$case.name")" \
    -v budget="$(cat "$work/$case.budget")" -v rows="${HADAL_BENCH_ROWS:-/dev/null}" -v key="$case" '
    function median(v, n,    i, j, t) {
      for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
      return v[int((n + 1) / 2)]
    }
    { s[NR] = $1; e[NR] = $2 }
    END {
      for (i = 1; i <= NR; i++) peer[i] = e[i]
      base = median(peer, NR)
      mine = median(s, NR)
      ratio = mine / base
      spread = (s[NR] - s[1]) / mine
      printf "%-36s %8.2f %8.2f %8.2f %8.2f %6.1f%%\n", name, mine, ratio, budget, budget / ratio, 100 * spread
      if (key != "eigen")
        printf "{\"case\": \"%s\", \"threads\": 1, \"unit\": \"CPU seconds over those of Eigen/Core\", \"ours\": %.4g, " \
               "\"peer\": %.4g, \"peer_name\": \"budget\", \"ratio\": %.4g, \"spread\": %.4g}\n", \
               name, ratio, budget, budget / ratio, spread >> rows
    }'
done
