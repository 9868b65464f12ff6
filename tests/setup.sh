# shellcheck shell=sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# Shared by the scripts (tests/run.sh, examples/*.sh, benchmarks/run.sh), which source it: `. tests/setup.sh`.

say() { printf '==> %s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# need PACKAGE...: installs the Debian packages that are missing, as root or with sudo, and says which.
need() {
  if ! command -v apt-get > /dev/null; then
    say "not a Debian system: make sure that you have what these packages hold: $*"
    return
  fi
  missing=
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing:$missing"
  root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || die "these packages are missing, and neither root nor sudo is at hand:$missing"
    root=sudo
  fi
  log=$(mktemp)
  # shellcheck disable=SC2086  # one word for each package, and no word at all when root
  if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
           $missing; } > "$log" 2>&1; then
    cat "$log" >&2
    die "could not install:$missing"
  fi
  rm -f "$log"
}

# What every build needs. ccache and mold are used when present.
need_build_tools() {
  need g++ cmake ninja-build libeigen3-dev "$@"
  if command -v ccache > /dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_SLOPPINESS=pch_defines,time_macros
  fi
  if command -v mold > /dev/null; then
    export LDFLAGS="-fuse-ld=mold ${LDFLAGS-}"
  fi
}

# shellcheck disable=SC2034  # read by the scripts
jobs=${HADAL_JOBS:-$(nproc)}
